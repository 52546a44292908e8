"""The plan/apply engine: compares what is declared with what is there, and brings the second to the first."""
