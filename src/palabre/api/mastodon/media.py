"""Pictures: uploaded before the post that shows them, described, taken back."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palabre.api.mastodon.entities import MediaAttachment
from palabre.api.mastodon.entities.media_attachment import media_attachment
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.binding import MediaRef
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import WrongValue
from palabre.edge.pictures import attach_picture
from palabre.edge.site import Site
from palabre.edge.uploads import Upload
from palabre.edge.viewer import Viewer
from palabre.media.actions import delete_attachment, update_attachment
from palabre.media.model import MOST_DESCRIPTION, Focus
from palabre.media.queries import attachment

_Description = Annotated[str, msgspec.Meta(max_length=MOST_DESCRIPTION)]


class NewPicture(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an upload."""

    file: Upload
    description: _Description = ""
    focus: str = ""
    """``x,y``, each from -1.0 to 1.0."""


class ChangedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``PUT /api/v1/media/:id``."""

    description: _Description | None = None
    focus: str = ""


def focus_of(text: str) -> Focus | None:
    """Read ``x,y``."""
    if not text:
        return None
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise WrongValue(field="focus", name="focus", expected="must be two numbers, such as 0.5,-0.25") from None
    return Focus(x, y)


def _upload_bytes(app: Site) -> int:
    return app.config.media_bytes


async def _take(body: NewPicture, viewer: Viewer, app: Site) -> MediaAttachment:
    found = await attach_picture(
        app, viewer.account, body.file, description=body.description, focus=focus_of(body.focus)
    )
    return media_attachment(app.part(Pieces).names, found)


@endpoint("POST", "/api/v2/media", scope="write:media", limit="media", uploads=_upload_bytes)
async def upload(body: NewPicture, viewer: Viewer, app: Site) -> MediaAttachment:
    """Take a picture; it is ready when this answers."""
    return await _take(body, viewer, app)


@endpoint("POST", "/api/v1/media", scope="write:media", limit="media", uploads=_upload_bytes)
async def upload_v1(body: NewPicture, viewer: Viewer, app: Site) -> MediaAttachment:
    """Take a picture, from apps that know only version 1."""
    return await _take(body, viewer, app)


@endpoint("GET", "/api/v1/media/{media}", scope="write:media")
async def show(media: MediaRef, viewer: Viewer, app: Site) -> MediaAttachment:
    """Show a picture that the viewer uploaded."""
    found = await app.db.read(attachment, viewer.account, media)
    return media_attachment(app.part(Pieces).names, found)


@endpoint("PUT", "/api/v1/media/{media}", scope="write:media")
async def change(media: MediaRef, body: ChangedPicture, viewer: Viewer, app: Site) -> MediaAttachment:
    """Describe a picture that no post has yet, or move its focal point."""
    found = await app.db.write(
        update_attachment, viewer.account, media, description=body.description, focus=focus_of(body.focus)
    )
    return media_attachment(app.part(Pieces).names, found)


@endpoint("DELETE", "/api/v1/media/{media}", scope="write:media")
async def delete(media: MediaRef, viewer: Viewer, app: Site) -> None:
    """Take back a picture that no post has."""
    await app.db.write(delete_attachment, viewer.account, media)


ROUTES = (upload, upload_v1, show, change, delete)
