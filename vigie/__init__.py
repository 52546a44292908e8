"""The vigie command and the little that the four parts share."""

__part_of__ = "vigie"
__version__ = "0.1.0"
