"""Logs on standard error: logfmt by default, JSON when asked; event first, then key=value."""

import logging
import sys
from typing import Literal

import structlog

Format = Literal["logfmt", "json"]
Level = Literal["debug", "info", "warning", "error"]


def configure(log_format: Format = "logfmt", level: Level = "info") -> None:
    """Send every structlog event at `level` or above to standard error in `log_format`."""
    renderer: structlog.typing.Processor
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer()
    else:
        renderer = structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
