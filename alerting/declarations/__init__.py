"""What is declared about alerts, a file for each sort of declaration; they are found by walking this folder."""
