"""The links of the chain, found by walking this folder: a file with its STEP for each."""
