"""What the console asks of the servers, and what their answers mean."""
