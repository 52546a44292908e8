"""What is declared about boards, a file for each sort of declaration; they are found by walking this folder."""
