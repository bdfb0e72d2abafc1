"""A post in a frame on other sites: a small page without a script, that shows what anybody may read."""

from __future__ import annotations

import base64
from hashlib import sha256
from html import escape

from minijinja import Markup

from palabre.edge.answers import Answer
from palabre.edge.binding import PostRef
from palabre.edge.headers import FRAMABLE, embed_policy
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, PostId
from palabre.posts.model import PostView
from palabre.posts.queries import post_view, readable_post
from palabre.store import Snapshot
from palabre.web.desk import desk_of
from palabre.web.here import Here
from palabre.web.page import HTML, go, language_of, page, show

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{margin:0;padding:1rem;font:1rem/1.45 system-ui,sans-serif;overflow-wrap:anywhere;"
    "border:1px solid #8886;border-radius:.6rem}"
    "a{color:inherit}header a,footer a{text-decoration:none}"
    "header{display:flex;gap:.6rem;align-items:center}header img{border-radius:50%}"
    "h1{margin:0;font:inherit}header span{display:block;opacity:.75}"
    "main p{margin:.6rem 0}main img,video{max-width:100%;height:auto;border-radius:.5rem}audio{width:100%}"
    ".invisible{display:none}.ellipsis::after{content:'…'}"
    ".emoji{height:1.2em;width:auto;vertical-align:middle}"
    "footer{margin-top:.6rem;font-size:.875rem;opacity:.8}"
)
_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = [
    (b"content-security-policy", embed_policy(f"sha256-{_HASH}")),
    FRAMABLE,
    (b"vary", b"Cookie, Accept-Language"),
]
_FOR_ALL = (b"cache-control", b"public, max-age=60")
_FOR_ONE = (b"cache-control", b"private, max-age=60")


def _view(db: Snapshot, viewer: AccountId | None, post: PostId) -> PostView:
    """Load a post that anybody may read, and the viewer too: its author may block him.

    A browser tells a frame on another site nothing of who is signed in here: there, all are strangers.
    """
    view = post_view(db, None, post)
    if viewer is not None:
        readable_post(db, viewer, view.shown.post.id)
    return view


@page("GET", "/@{name}/{post}/embed")
async def embed(request: Request, viewer: Viewer | None, app: Site, name: str, post: PostRef) -> Answer:
    """Show a post that anybody may read, for a frame on another site."""
    view = await app.db.read(_view, viewer.account if viewer else None, post)
    renderer = desk_of(app).renderer
    if view.original is not None or view.author.acct != name:
        return go(request, f"{renderer.addresses.post(view)}/embed")
    here = Here(path=request.path, language=language_of(request))
    headers = [*_HEADERS, _FOR_ONE if viewer else _FOR_ALL]
    return Answer(renderer.render("embed.html", here, view=view, style=Markup(_STYLE)), 200, headers, kind=HTML)


@page("GET", "/@{name}/{post}/embed_code")
async def code(request: Request, viewer: Viewer | None, app: Site, name: str, post: PostRef) -> Answer:
    """Show what to put into a page of one's own, so that it shows a post that anybody may read."""
    view = await app.db.read(_view, viewer.account if viewer else None, post)
    if view.original is not None or view.author.acct != name:
        return go(request, f"{desk_of(app).renderer.addresses.post(view)}/embed_code")
    return await show(request, "embed_code.html", view=view, code=_frame(app, view))


def _frame(app: Site, view: PostView) -> str:
    """Write the frame as oEmbed describes it, for a page of somebody's own."""
    source = f"{app.uris.post(view.author.acct, view.post.id)}/embed"
    title = f"{view.author.display_name or view.author.username} · {app.config.title}"
    return (
        f'<iframe src="{escape(source)}" title="{escape(title)}" width="400" height="300"'
        ' style="max-width:100%;border:0" loading="lazy"'
        ' sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )


ROUTES = (embed, code)
