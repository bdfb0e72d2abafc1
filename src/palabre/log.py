"""Logging: one line per event, ``kind key=value`` or JSON, never an address, a text or a secret of a member."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from typing import Any, Literal, TextIO, cast

import structlog


class _Unfailing(io.TextIOBase):
    """Standard error, where a line that cannot be written is lost: a full disk must not stop what logs about it."""

    def write(self, text: str) -> int:
        """Write ``text`` if that is possible."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Push out what was written if that is possible."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()


def configure(form: Literal["console", "json"], *, level: int = logging.INFO) -> None:
    """Send our events, and what libraries log, to standard error in one form."""
    errors = _Unfailing()
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", errors)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(errors)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
