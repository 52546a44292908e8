"""The vigie command and the little that the four parts share."""

try:
    from vigie._version import __version__ as built_version
except ModuleNotFoundError:  # a checkout of which nothing was built
    built_version = "0.0.0"

__part_of__ = "vigie"
__version__: str = built_version
