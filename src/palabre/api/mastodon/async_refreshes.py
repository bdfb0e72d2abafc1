"""What goes on in the background, for whoever waits for it: uploads that are processed, archives that are written."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import NotFound, Refusal
from palabre.exports.model import State
from palabre.exports.queries import export_run
from palabre.ids import AccountId, Kind, MediaId, UnknownId
from palabre.media.model import Unfinished
from palabre.media.unfinished import upload_of
from palabre.store import Snapshot


class AsyncRefresh(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands."""

    id: str
    """That of the upload or of the archive."""
    status: Literal["running", "finished"]
    result_count: int | None
    """How much came of it, once it is finished: nothing if it failed."""


class WrappedAsyncRefresh(msgspec.Struct, frozen=True):
    """The answer."""

    async_refresh: AsyncRefresh


def _of_upload(db: Snapshot, viewer: AccountId, number: int) -> int | None:
    try:
        return None if isinstance(upload_of(db, viewer, MediaId(number)), Unfinished) else 1
    except NotFound:
        raise
    except Refusal:  # it could not be processed
        return 0


def _of_archive(db: Snapshot, viewer: AccountId, number: int) -> int | None:
    state = export_run(db, viewer, number).state
    return {State.READY: 1, State.FAILED: 0}.get(state)


def refresh_header(name: str) -> tuple[bytes, bytes]:
    """Say under which name one asks how it stands: of an upload or of an archive."""
    return (b"mastodon-async-refresh", f'id="{name}", retry=2'.encode("ascii"))


_KINDS = {Kind.MEDIA: _of_upload, Kind.EXPORT: _of_archive}


@endpoint("GET", "/api/v1_alpha/async_refreshes/{refresh}", scope="read")
async def show(refresh: str, viewer: Viewer, app: Site) -> WrappedAsyncRefresh:
    """Tell whether something that answered with ``Mastodon-Async-Refresh`` still goes on."""
    for kind, ask in _KINDS.items():
        try:
            number = app.ids.decode(kind, refresh)
        except UnknownId:
            continue
        count = await app.db.read(ask, viewer.account, number)
        status: Literal["running", "finished"] = "running" if count is None else "finished"
        return WrappedAsyncRefresh(AsyncRefresh(id=refresh, status=status, result_count=count))
    raise UnknownId


ROUTES = (show,)
