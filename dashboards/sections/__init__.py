"""The sections of boards that are too large for one file: a folder for each board, a file for each subject."""
