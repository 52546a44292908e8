"""The collectors: one file each, found by walking this folder."""
