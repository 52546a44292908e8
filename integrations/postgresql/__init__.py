"""PostgreSQL: primary and streaming replica."""
