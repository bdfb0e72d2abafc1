"""Whether the server lives, and whether it can serve."""

from __future__ import annotations

import contextlib

from sqlalchemy import literal, select

from palabre.edge.answers import Answer
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.errors import Refusal
from palabre.store import Snapshot, statement
from palabre.survival.errors import Moving, NoLease, NoStandby, Replaced

_ANYTHING = statement(select(literal(1).label("one")))
_TEXT = (b"content-type", b"text/plain; charset=utf-8")


def _reads(db: Snapshot) -> bool:
    return bool(db.value(_ANYTHING))


@endpoint("GET", "/health/live")
async def live() -> dict[str, str]:
    """Answer: the process runs."""
    return {"status": "live"}


@endpoint("GET", "/health/ready")
async def ready(app: Site) -> Answer:
    """Answer: the database can be read, and the server is neither stopping nor replaced by another."""
    if app.stopping:
        return Answer.json({"status": "stopping"}, 503)
    try:
        if app.db.admit is not None:
            with contextlib.suppress(NoStandby, NoLease, Moving):  # reading goes on
                app.db.admit()
        await app.db.read(_reads)
    except Replaced:
        return Answer.json({"status": "replaced"}, 503)
    except Exception:  # whatever is wrong with the database, the answer is no
        return Answer.json({"status": "database"}, 503)
    return Answer.json({"status": "ready"})


@endpoint("GET", "/health/writable")
async def writable(app: Site) -> Answer:
    """Answer: a write would be accepted now. Of several servers of a network at most one says so."""
    if app.stopping:
        return Answer.json({"status": "stopping"}, 503)
    try:
        if app.db.admit is not None:
            app.db.admit()
    except Refusal as refusal:
        return Answer.json({"status": refusal.code}, 503)
    return Answer.json({"status": "writable"})


@endpoint("GET", "/health")
async def health(app: Site) -> Answer:
    """Answer as Mastodon does: the word, or nothing."""
    readable = not app.stopping and await app.db.read(_reads)
    return Answer(b"OK", 200, kind=_TEXT) if readable else Answer(b"", 503, kind=_TEXT)


ROUTES = (live, ready, writable, health)
