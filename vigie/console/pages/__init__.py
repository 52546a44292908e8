"""The pages, found by walking this folder: a file with `PAGE` and `show` for each, its template beside it."""
