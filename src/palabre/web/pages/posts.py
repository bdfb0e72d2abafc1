"""One post with its conversation, who likes and reposted it, and what one does with posts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from palabre.accounts.model import Account
from palabre.edge.answers import Answer
from palabre.edge.binding import PostRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.graph.model import Relationship
from palabre.ids import AccountId, Kind, PostId
from palabre.paging import Slice, Window
from palabre.posts import actions, deleting, polls
from palabre.posts.errors import NotYours, PostNotFound
from palabre.posts.lines import ReplyOrder
from palabre.posts.model import PostView, ThreadView
from palabre.posts.muting import mute_thread, unmute_thread
from palabre.posts.queries import liked_by, post_view, post_views, quotes_page, reposted_by, thread_view
from palabre.posts.quoting import revoke_quote
from palabre.posts.replying import barred_by, set_hidden
from palabre.posts.rewriting import rewrite_post
from palabre.store import Snapshot, Transaction
from palabre.web.beside import beside
from palabre.web.desk import desk_of
from palabre.web.drafts import blank
from palabre.web.page import go, is_partial, page, show
from palabre.web.pages.profiles import related
from palabre.web.windows import PAGE, Paged, more_address, window


class Sorted(msgspec.Struct, frozen=True):
    """The query of a conversation."""

    sort: ReplyOrder = ReplyOrder.TIME


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a button under a post."""

    next: str = "/home"
    row: str = ""
    """The line of the timeline in which the button stands: a repost, perhaps."""


def _branches(thread: ThreadView) -> list[tuple[PostView, bool, bool]]:
    """Say of each reply whether the next one answers it, and whether it is a branch of what stands further above."""
    below = thread.descendants
    lines = []
    for place, view in enumerate(below):
        before = below[place - 1].post.id if place else thread.post.post.id
        after = below[place + 1] if place + 1 < len(below) else None
        answered = after is not None and after.post.reply_to == view.post.id
        branch = view.post.reply_to not in {before, thread.post.post.id}
        lines.append((view, answered, branch))
    return lines


def _folded(thread: ThreadView) -> set[PostId]:
    """Return the replies that the author has hidden, and what answers them; not below a post that is asked for."""
    folded: set[PostId] = set()
    for view in thread.descendants:
        if view.post.hidden or view.post.reply_to in folded:
            folded.add(view.post.id)
    return folded


class _Standing(NamedTuple):
    """What the reader may do in a conversation."""

    barred: str
    """The policy that keeps him from replying."""
    owner: bool
    """He began it."""


def _thread(db: Snapshot, viewer: AccountId | None, post: PostId, order: ReplyOrder) -> tuple[ThreadView, _Standing]:
    thread = thread_view(db, viewer, post, order=order)
    if viewer is None:
        return thread, _Standing("", owner=False)
    of = thread.post.post
    first = thread.ancestors[0].post if thread.ancestors else of
    barred = barred_by(db, viewer, of) if of.author != viewer or first.author != viewer else None
    return thread, _Standing(barred.value if barred else "", owner=first.id == of.thread and first.author == viewer)


@page("GET", "/@{name}/{post}")
async def conversation(
    request: Request, viewer: Viewer | None, app: Site, query: Sorted, name: str, post: PostRef
) -> Answer:
    """Show a post in its conversation."""
    thread, standing = await app.db.read(_thread, viewer.account if viewer else None, post, query.sort)
    address = desk_of(app).renderer.addresses.post(thread.post)
    if thread.post.author.acct != name or thread.post.post.id != post:
        return go(request, address)
    draft = await blank(request, viewer, next_page=address, reply_to=thread.post) if viewer else None
    folded, lines = _folded(thread), _branches(thread)
    return await show(
        request,
        "thread.html",
        context=Context.THREAD,
        thread=thread,
        replies=[line for line in lines if line[0].post.id not in folded],
        folded=[line for line in lines if line[0].post.id in folded],
        barred=standing.barred,
        owner=standing.owner,
        draft=draft,
        sort=query.sort.value,
        beside=await beside(app, viewer),
    )


@page("GET", "/posts/{post}")
async def find_post(request: Request, viewer: Viewer | None, app: Site, post: PostRef) -> Answer:
    """Lead to a post whose author is not known to whoever made the link."""
    found = await app.db.read(post_view, viewer.account if viewer else None, post)
    return go(request, desk_of(app).renderer.addresses.post(found))


# Who likes and reposted it ----------------------------------------------------------------------------------

_People = Callable[[Snapshot, AccountId | None, PostId, Window], Slice[Account]]


def _people(
    db: Snapshot, viewer: AccountId | None, query: _People, post: PostId, rows: Window
) -> tuple[PostView, Slice[Account], dict[AccountId, Relationship | None]]:
    view = post_view(db, viewer, post)
    found = query(db, viewer, post, rows)
    return view, found, related(db, viewer, found.items)


async def _show_people(
    request: Request, viewer: Viewer | None, app: Site, query: Paged, post: PostId, which: str
) -> Answer:
    kind, people = (Kind.MARK, liked_by) if which == "likes" else (Kind.POST, reposted_by)
    rows = window(app.ids, kind, query)
    view, found, relations = await app.db.read(_people, viewer.account if viewer else None, people, post, rows)
    path = f"{desk_of(app).renderer.addresses.post(view)}/{which}"
    more = more_address(app.ids, kind, path, found, PAGE)
    subject: dict[str, Any] = {"accounts": found.items, "relations": relations, "more_address": more}
    if query.part:
        return await show(request, "parts/more_people.html", at=path, **subject)
    return await show(request, "marked_by.html", view=view, which=which, **subject)


@page("GET", "/@{name}/{post}/likes")
async def likers(
    request: Request,
    viewer: Viewer | None,
    app: Site,
    query: Paged,
    name: str,  # noqa: ARG001 - part of the address
    post: PostRef,
) -> Answer:
    """Show who likes a post."""
    return await _show_people(request, viewer, app, query, post, "likes")


@page("GET", "/@{name}/{post}/reposts")
async def reposters(
    request: Request,
    viewer: Viewer | None,
    app: Site,
    query: Paged,
    name: str,  # noqa: ARG001 - part of the address
    post: PostRef,
) -> Answer:
    """Show who reposted a post."""
    return await _show_people(request, viewer, app, query, post, "reposts")


# What one does with posts -----------------------------------------------------------------------------------


def _row(db: Snapshot, viewer: AccountId, row: PostId | None, post: PostId) -> PostView:
    """Load the line that a button stands in, if it still shows the post, else the post itself."""
    views = post_views(db, viewer, [row]) if row is not None and row != post else []
    if views and views[0].shown.post.id == post:
        return views[0]
    return post_view(db, viewer, post)


async def _do(
    request: Request,
    viewer: Viewer,
    app: Site,
    body: Deed,
    post: PostId,
    action: Callable[[Transaction, AccountId, PostId], PostId],
) -> Answer:
    await app.db.write(action, viewer.account, post)
    if not is_partial(request):
        return go(request, body.next)
    row = app.ids.try_decode(Kind.POST, body.row)
    view = await app.db.read(_row, viewer.account, PostId(row) if row else None, post)
    return await show(request, "parts/actions.html", at=body.next, view=view)


def _repost(tx: Transaction, viewer: AccountId, post: PostId) -> PostId:
    return actions.repost(tx, viewer, post)


@page("POST", "/posts/{post}/like")
async def like(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Like it."""
    return await _do(request, viewer, app, body, post, actions.like)


@page("POST", "/posts/{post}/unlike")
async def unlike(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Like it no longer."""
    return await _do(request, viewer, app, body, post, actions.unlike)


@page("POST", "/posts/{post}/repost", limit="statuses")
async def repost(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Show it to one's followers."""
    return await _do(request, viewer, app, body, post, _repost)


@page("POST", "/posts/{post}/unrepost", limit="statuses")
async def unrepost(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Take the repost back."""
    return await _do(request, viewer, app, body, post, actions.undo_repost)


@page("POST", "/posts/{post}/bookmark")
async def bookmark(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Keep it for oneself."""
    return await _do(request, viewer, app, body, post, actions.bookmark)


@page("POST", "/posts/{post}/unbookmark")
async def unbookmark(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Keep it no longer."""
    return await _do(request, viewer, app, body, post, actions.unbookmark)


class Ballot(Deed, frozen=True, kw_only=True):
    """The form of a poll."""

    choices: list[int] = msgspec.field(default_factory=list)


@page("POST", "/posts/{post}/vote")
async def vote(request: Request, viewer: Viewer, app: Site, body: Ballot, post: PostRef) -> Answer:
    """Vote in its poll."""
    await app.db.write(polls.vote, viewer.account, post, body.choices)
    if not is_partial(request):
        return go(request, body.next, flash="voted")
    row = app.ids.try_decode(Kind.POST, body.row)
    view = await app.db.read(_row, viewer.account, PostId(row) if row else None, post)
    return await show(request, "parts/poll_alone.html", at=body.next, view=view)


def _up(tx: Transaction, viewer: AccountId, post: PostId) -> PostId:
    return actions.vote_on_reply(tx, viewer, post, 1)


def _down(tx: Transaction, viewer: AccountId, post: PostId) -> PostId:
    return actions.vote_on_reply(tx, viewer, post, -1)


def _vote_back(tx: Transaction, viewer: AccountId, post: PostId) -> PostId:
    return actions.vote_on_reply(tx, viewer, post, 0)


@page("POST", "/posts/{post}/vote_up")
async def vote_up(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Vote a reply up."""
    return await _do(request, viewer, app, body, post, _up)


@page("POST", "/posts/{post}/vote_down")
async def vote_down(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Vote a reply down."""
    return await _do(request, viewer, app, body, post, _down)


@page("POST", "/posts/{post}/vote_back")
async def vote_back(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Take the vote on a reply back."""
    return await _do(request, viewer, app, body, post, _vote_back)


@page("POST", "/posts/{post}/pin")
async def pin(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Put it on top of one's profile."""
    await app.db.write(actions.pin, viewer.account, post)
    return go(request, body.next, flash="pinned")


@page("POST", "/posts/{post}/unpin")
async def unpin(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Take it from there."""
    await app.db.write(actions.unpin, viewer.account, post)
    return go(request, body.next, flash="unpinned")


def _revoke(tx: Transaction, viewer: AccountId, quoting: PostId) -> None:
    quoted = post_view(tx, viewer, quoting).post.quote_of
    if quoted is None:
        raise PostNotFound
    revoke_quote(tx, viewer, PostId(quoted), quoting)


@page("POST", "/posts/{post}/revoke_quote")
async def revoke(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Take back the consent to what this post quotes."""
    await app.db.write(_revoke, viewer.account, post)
    return go(request, body.next, flash="revoked")


def _quotes(db: Snapshot, viewer: AccountId, post: PostId, rows: Window) -> tuple[PostView, Slice[PostView]]:
    return post_view(db, viewer, post), quotes_page(db, viewer, post, rows)


@page("GET", "/@{name}/{post}/quotes")
async def quotes(
    request: Request,
    viewer: Viewer,
    app: Site,
    query: Paged,
    name: str,  # noqa: ARG001 - part of the address
    post: PostRef,
) -> Answer:
    """Show the posts that quote it."""
    view, found = await app.db.read(_quotes, viewer.account, post, window(app.ids, Kind.POST, query))
    path = f"{desk_of(app).renderer.addresses.post(view)}/quotes"
    more = more_address(app.ids, Kind.POST, path, found, PAGE)
    template = "parts/more.html" if query.part else "quotes.html"
    return await show(request, template, at=path, view=view, views=found.items, more_address=more)


@page("POST", "/posts/{post}/mute")
async def mute(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Be told of its conversation no longer."""
    await app.db.write(mute_thread, viewer.account, post)
    return go(request, body.next, flash="thread_muted")


@page("POST", "/posts/{post}/unmute")
async def unmute(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Be told of its conversation again."""
    await app.db.write(unmute_thread, viewer.account, post)
    return go(request, body.next, flash="thread_unmuted")


@page("POST", "/posts/{post}/hide")
async def hide(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Fold a reply away at the end of one's conversation."""
    await app.db.write(set_hidden, viewer.account, post, hidden=True)
    return go(request, body.next, flash="reply_hidden")


@page("POST", "/posts/{post}/unhide")
async def unhide(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Let it stand in its place again."""
    await app.db.write(set_hidden, viewer.account, post, hidden=False)
    return go(request, body.next, flash="reply_unhidden")


@page("GET", "/posts/{post}/delete")
async def ask_to_delete(request: Request, viewer: Viewer, app: Site, post: PostRef) -> Answer:
    """Ask whether a post is to be deleted."""
    view = await app.db.read(post_view, viewer.account, post)
    if view.post.author != viewer.account:
        raise NotYours
    return await show(request, "delete_post.html", view=view)


@page("POST", "/posts/{post}/delete", limit="deletions")
async def delete(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Delete it."""
    await app.db.write(deleting.delete_post, viewer.account, post)
    return go(request, body.next, flash="deleted")


@page("GET", "/posts/{post}/rewrite")
async def ask_to_rewrite(request: Request, viewer: Viewer, app: Site, post: PostRef) -> Answer:
    """Ask whether a post is to be deleted and written anew."""
    view = await app.db.read(post_view, viewer.account, post)
    if view.post.author != viewer.account or view.original is not None:
        raise NotYours
    return await show(request, "rewrite_post.html", view=view)


@page("POST", "/posts/{post}/rewrite", limit="deletions")
async def rewrite(request: Request, viewer: Viewer, app: Site, post: PostRef) -> Answer:
    """Delete it, and open the composer with what it said."""
    draft = await app.db.write(rewrite_post, viewer.account, post)
    return go(request, f"/compose?draft={app.ids.encode(Kind.UNPUBLISHED, draft)}", flash="rewrites")


ROUTES = (
    conversation, find_post, likers, reposters, quotes, vote, vote_up, vote_down, vote_back, pin, unpin,
    revoke, hide, unhide, mute, unmute, like, unlike, repost, unrepost,
    bookmark, unbookmark, ask_to_delete, delete, ask_to_rewrite, rewrite,
)  # fmt: skip
