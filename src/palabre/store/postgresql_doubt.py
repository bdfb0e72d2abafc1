"""What became of a commit whose answer was lost with the connection.

The number of a transaction alone does not tell. What the crash of a machine, or a failover, took with it is handed
out again: on the new primary the same number may be somebody else's transaction. What was aborted under it, or was
never begun, is certainly not there; whether what was committed under it is ours, the facts in the journal tell.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

import psycopg


class Fate(Enum):
    """What became of a transaction."""

    COMMITTED = "committed"
    ROLLED_BACK = "rolled back"
    OPEN = "open"
    """It is still at work, for instance waiting for its standby: ask again."""
    UNKNOWN = "unknown"


def fate_of(connection: psycopg.Connection[Any], number: str, holds: Callable[[], bool] | None) -> Fate:
    """Find out what became of the transaction ``number``.

    Args:
        connection: to the machine that leads now.
        number: as ``pg_current_xact_id`` gave it.
        holds: looks whether the journal has the facts of the transaction; ``None`` if it had none.

    Raises:
        psycopg.OperationalError: the connection broke again.

    """
    try:
        row = connection.execute("SELECT pg_xact_status(%s::text::xid8)", [number]).fetchone()
    except psycopg.errors.InvalidParameterValue:  # "is in the future": nothing of it ever reached this machine's log
        return Fate.ROLLED_BACK
    status = row[0] if row else None
    if status == "in progress":
        return Fate.OPEN
    if status == "aborted":
        return Fate.ROLLED_BACK
    if holds is None:
        return Fate.UNKNOWN
    if not holds():
        return Fate.ROLLED_BACK
    # It may be on this machine only, if it crashed before its standby confirmed. A commit behind it in the log is
    # confirmed after it.
    connection.execute("SELECT pg_logical_emit_message(true, 'palabre', '')")
    return Fate.COMMITTED
