"""Control groups: where those of a container lie, and what their files say, in version 1, 2 and hybrid."""
