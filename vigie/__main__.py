"""`python -m vigie` is `vigie`."""

from vigie.command import main

main()
