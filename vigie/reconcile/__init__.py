"""The plan/apply engine: compares desired with actual state, and changes the actual."""
