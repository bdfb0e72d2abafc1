"""Quotes of a post, and its author's say in them."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.quote_approval import WirePolicy, policy_of
from palabre.api.mastodon.pages import StatusJson, StatusPage, changed_json, views_page
from palabre.edge.binding import PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import Kind
from palabre.posts.queries import quotes_page
from palabre.posts.quoting import revoke_quote, set_quote_policy


class Policy(msgspec.Struct, frozen=True):
    """The body of ``PUT /api/v1/statuses/:id/interaction_policy``."""

    quote_approval_policy: WirePolicy


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
    """Change who may quote one's post from now on."""
    await app.db.write(set_quote_policy, viewer.account, post, policy_of(body.quote_approval_policy))
    return await changed_json(app, viewer.account, post)


ROUTES = (quotes, revoke, change_policy)
