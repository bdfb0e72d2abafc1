"""Quotes of a post, and its author's say in them."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.quote_approval import WirePolicy, changed_policy
from palabre.api.mastodon.entities.reply_policy import WireReplyPolicy, reply_policy_of
from palabre.api.mastodon.pages import StatusJson, StatusPage, changed_json, views_page
from palabre.edge.binding import PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import WrongValue
from palabre.edge.paging import Paging
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, Kind, PostId
from palabre.posts.queries import quotes_page, readable_post
from palabre.posts.quoting import revoke_quote, set_quote_policy
from palabre.posts.replying import set_reply_policy
from palabre.store import Transaction


class Policy(msgspec.Struct, frozen=True):
    """The body of ``PUT /api/v1/statuses/:id/interaction_policy``."""

    quote_approval_policy: WirePolicy | None = None
    quote_asking: bool | None = None
    """Ours, as the next: Mastodon has no such parameters."""
    reply_policy: WireReplyPolicy | None = None


def _change(tx: Transaction, viewer: AccountId, post: PostId, wanted: Policy) -> None:
    if wanted.quote_approval_policy is not None or wanted.quote_asking is not None:
        before = readable_post(tx, viewer, post).quote_policy
        policy = changed_policy(before, wanted.quote_approval_policy, asking=wanted.quote_asking)
        set_quote_policy(tx, viewer, post, policy)
    if wanted.reply_policy is not None:
        set_reply_policy(tx, viewer, post, reply_policy_of(wanted.reply_policy))


@endpoint("GET", "/api/v1/statuses/{post}/quotes", scope="read:statuses")
async def quotes(post: PostRef, query: Paging, request: Request, viewer: Viewer, app: Site) -> StatusPage:
    """Show the posts that quote a post, newest first."""
    window = query.window(app.ids, Kind.POST)
    return await views_page(request, app, viewer.account, Kind.POST, quotes_page, post, window)


@endpoint("POST", "/api/v1/statuses/{post}/quotes/{quoting}/revoke", scope="write:statuses")
async def revoke(post: PostRef, quoting: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Take back the consent to a quote of one's post; return the post that quotes it."""
    await app.db.write(revoke_quote, viewer.account, post, quoting)
    return await changed_json(app, viewer.account, quoting)


@endpoint("PUT", "/api/v1/statuses/{post}/interaction_policy", scope="write:statuses")
async def change_policy(post: PostRef, body: Policy, viewer: Viewer, app: Site) -> StatusJson:
    """Change who may quote one's post, and who may reply to it, from now on."""
    if body.quote_approval_policy is None and body.quote_asking is None and body.reply_policy is None:
        raise WrongValue(field="quote_approval_policy", name="quote_approval_policy", expected="is missing")
    await app.db.write(_change, viewer.account, post, body)
    return await changed_json(app, viewer.account, post)


ROUTES = (quotes, revoke, change_policy)
