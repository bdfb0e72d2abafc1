"""Captions of videos and recordings; Mastodon has none, so these methods are our own."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.binding import MediaRef
from palabre.edge.endpoint import endpoint
from palabre.edge.films import set_captions
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.media.captions import MOST_BYTES
from palabre.media.model import Attachment
from palabre.media.queries import attachment
from palabre.posts.editing import caption_media


class Captions(msgspec.Struct, frozen=True, kw_only=True):
    """Where the captions are, and in which language; both ``null`` when there are none."""

    url: str | None
    language: str | None


class NewCaptions(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``PUT``."""

    captions: Annotated[str, msgspec.Meta(max_length=MOST_BYTES)] = ""
    """A file of WebVTT. Only its cues are kept: times, place, words, and who speaks."""
    language: Annotated[str, msgspec.Meta(pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$")] = ""


def _captions(names: Names, media: Attachment) -> Captions:
    url = names.uris.media(media.captions) if media.captions else None
    return Captions(url=url, language=media.captions_language or None)


@endpoint("GET", "/api/palabre/v1/media/{media}/captions", scope="write:media")
async def show_captions(media: MediaRef, viewer: Viewer, app: Site) -> Captions:
    """Tell where the captions of an upload of the viewer's are."""
    return _captions(app.part(Pieces).names, await app.db.read(attachment, viewer.account, media))


@endpoint("PUT", "/api/palabre/v1/media/{media}/captions", scope="write:media", limit="media")
async def put_captions(media: MediaRef, body: NewCaptions, viewer: Viewer, app: Site) -> Captions:
    """Give a video or a recording captions, also one that is in a post; they replace those that it had."""
    found = await set_captions(app, viewer.account, media, body.captions, body.language)
    return _captions(app.part(Pieces).names, found)


@endpoint("DELETE", "/api/palabre/v1/media/{media}/captions", scope="write:media")
async def delete_captions(media: MediaRef, viewer: Viewer, app: Site) -> Captions:
    """Take the captions away."""
    return _captions(app.part(Pieces).names, await app.db.write(caption_media, viewer.account, media, None, ""))


ROUTES = (show_captions, put_captions, delete_captions)
