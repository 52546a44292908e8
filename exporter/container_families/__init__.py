"""The metric families of containers, and how the rows of all containers become a part of the page."""
