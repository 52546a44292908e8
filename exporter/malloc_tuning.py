"""Tells the C library's allocator to keep what a scrape needs again fifteen seconds later (mallopt(3)).

A page is up to some megabytes, made and dropped at each scrape. Left alone, glibc gives such blocks back to the kernel
at once, and the next scrape pays for each of their pages anew: a third of the cost with fifty containers.
"""

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # malloc.h
KEPT_BYTES = 16 * 1024 * 1024


def keep_buffers() -> bool:
    """Keep freed memory up to 16 MiB, in one pool for all threads; return whether the allocator knows how to."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # musl has none
        return False
    options = ((M_ARENA_MAX, 1), (M_MMAP_THRESHOLD, KEPT_BYTES), (M_TRIM_THRESHOLD, KEPT_BYTES))
    return all(mallopt(what, value) == 1 for what, value in options)
