"""A server of which three pages fail, each in its way: for the pages that say so."""

from __future__ import annotations

from pathlib import Path

from running import RunningServer

FAULT = "/status"
"""The page that has a fault: 500."""
AWAY = "/people"
"""The page that cannot reach the storage: 503."""
TOO_MANY = "/search"
"""The page that was asked for too often, and may be asked for again in 42 seconds: 429."""


def failing(server: RunningServer) -> RunningServer:
    """Let these pages of ``server`` fail from its next start on."""
    folder = Path(__file__).parent / "failing"
    server.environment["PYTHONPATH"] = f"{folder}:{server.environment['PYTHONPATH']}"
    return server
