"""Pictures: uploaded before the post that shows them, described, taken back."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palabre.api.mastodon.async_refreshes import refresh_header
from palabre.api.mastodon.entities import MediaAttachment
from palabre.api.mastodon.entities.media_attachment import media_attachment, unfinished
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.answers import Answer
from palabre.edge.binding import MediaRef
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import WrongValue
from palabre.edge.films import Progress, change_media, most_bytes, take_media, wait_for, withdraw
from palabre.edge.site import Site
from palabre.edge.uploads import Upload
from palabre.edge.viewer import Viewer
from palabre.media.model import MOST_DESCRIPTION, Attachment, Focus, Unfinished
from palabre.media.unfinished import upload_of

_Description = Annotated[str, msgspec.Meta(max_length=MOST_DESCRIPTION)]


class NewPicture(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an upload."""

    file: Upload
    description: _Description = ""
    focus: str = ""
    """``x,y``, each from -1.0 to 1.0."""
    thumbnail: Upload | None = None
    """A picture that stands for a video or a recording until it plays."""


class ChangedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``PUT /api/v1/media/:id``."""

    description: _Description | None = None
    focus: str = ""
    thumbnail: Upload | None = None


def focus_of(text: str) -> Focus | None:
    """Read ``x,y``."""
    if not text:
        return None
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise WrongValue(field="focus", name="focus", expected="must be two numbers, such as 0.5,-0.25") from None
    return Focus(x, y)


_LONGEST = 600.0
"""Seconds that an app of version 1 waits for a video."""


async def _take(body: NewPicture, viewer: Viewer, app: Site) -> Attachment | Unfinished:
    return await take_media(
        app,
        viewer.account,
        body.file,
        description=body.description,
        focus=focus_of(body.focus),
        thumbnail=body.thumbnail,
    )


def _file_and_still(app: Site) -> int:
    """Return the most bytes of an upload with a picture that stands for it."""
    return most_bytes(app) + app.config.media_bytes


def _rendered(found: Attachment | Unfinished, app: Site, unready: int) -> Answer:
    """Render ``found``; with the status ``unready`` while it is being processed."""
    names = app.part(Pieces).names
    if isinstance(found, Unfinished):
        shown = unfinished(names, found, app.part(Progress).percent.get(found.id))
        return Answer.json(shown, unready, [refresh_header(shown.id)])
    return Answer.json(media_attachment(names, found))


@endpoint("POST", "/api/v2/media", scope="write:media", limit="media", uploads=_file_and_still)
async def upload(body: NewPicture, viewer: Viewer, app: Site) -> Annotated[Answer, MediaAttachment]:
    """Take a picture, which is ready when this answers, or a video or a recording: 202, it is processed later."""
    return _rendered(await _take(body, viewer, app), app, 202)


@endpoint("POST", "/api/v1/media", scope="write:media", limit="media", uploads=_file_and_still)
async def upload_v1(body: NewPicture, viewer: Viewer, app: Site) -> Annotated[Answer, MediaAttachment]:
    """Take a picture, a video or a recording, from apps that know only version 1; answers when it is ready."""
    found = await _take(body, viewer, app)
    if isinstance(found, Unfinished):
        found = await wait_for(app, viewer.account, found.id, seconds=_LONGEST)
    return _rendered(found, app, 202)


@endpoint("GET", "/api/v1/media/{media}", scope="write:media")
async def show(media: MediaRef, viewer: Viewer, app: Site) -> Annotated[Answer, MediaAttachment]:
    """Show what the viewer uploaded: 206 while it is being processed, 422 if that failed."""
    return _rendered(await app.db.read(upload_of, viewer.account, media), app, 206)


@endpoint("PUT", "/api/v1/media/{media}", scope="write:media", uploads=lambda app: app.config.media_bytes)
async def change(
    media: MediaRef, body: ChangedPicture, viewer: Viewer, app: Site
) -> Annotated[Answer, MediaAttachment]:
    """Describe an upload that no post has yet, move its focal point, or give it another still."""
    found = await change_media(
        app,
        viewer.account,
        media,
        description=body.description,
        focus=focus_of(body.focus),
        thumbnail=body.thumbnail,
    )
    return _rendered(found, app, 200)


@endpoint("DELETE", "/api/v1/media/{media}", scope="write:media")
async def delete(media: MediaRef, viewer: Viewer, app: Site) -> None:
    """Take back an upload that no post has."""
    await withdraw(app, viewer.account, media)


ROUTES = (upload, upload_v1, show, change, delete)
