"""Reporting accounts and posts, and what has become of it."""

from __future__ import annotations

import msgspec

from palabre.accounts.model import Account
from palabre.accounts.queries import seen_account
from palabre.edge.answers import Answer
from palabre.edge.binding import AccountRef, CollectionRef, PostRef, RuleRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.graph.curation import collection
from palabre.graph.model import AccountCollection
from palabre.ids import AccountId, Kind, PostId
from palabre.moderation import actions
from palabre.moderation.model import Category, Rule, Wrong
from palabre.moderation.queries import own_reports, rules
from palabre.posts.model import PostView
from palabre.posts.queries import post_view
from palabre.store import Snapshot
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, language_of, page, show
from palabre.web.windows import PAGE, Paged, more_address, window

_FIELDS = ("category", "comment", "rules")


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The query of the form."""

    account: AccountRef
    post: PostRef | None = None
    collection: CollectionRef | None = None


class ReportForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    account: AccountRef
    post: PostRef | None = None
    collection: CollectionRef | None = None
    category: Category = Category.OTHER
    rules: list[RuleRef] = []
    comment: str = ""


def _about(
    db: Snapshot, viewer: AccountId, number: AccountId, post: PostId | None, shown: int | None
) -> tuple[Account, PostView | None, AccountCollection | None, list[Rule]]:
    return (
        seen_account(db, viewer, number),
        post_view(db, viewer, post) if post is not None else None,
        collection(db, viewer, shown) if shown is not None else None,
        rules(db),
    )


async def _form(request: Request, viewer: Viewer, app: Site, about: About, told: Form, status: int = 200) -> Answer:
    target, view, shown, made = await app.db.read(_about, viewer.account, about.account, about.post, about.collection)
    language = language_of(request, viewer)
    listed = [(app.ids.encode(Kind.RULE, each.id), each.said(language)) for each in made]
    return await show(
        request, "report.html", status=status, target=target, view=view, collection=shown, rules=listed, form=told
    )


@page("GET", "/report")
async def report_form(request: Request, viewer: Viewer, app: Site, query: About) -> Answer:
    """Ask what is wrong."""
    return await _form(request, viewer, app, query, form({"category": "other", "comment": ""}))


@page("POST", "/report")
async def send_report(request: Request, viewer: Viewer, app: Site, body: ReportForm) -> Answer:
    """Tell those who run the network."""
    wrong = Wrong(
        target=body.account,
        posts=() if body.post is None else (body.post,),
        collections=() if body.collection is None else (body.collection,),
        category=body.category,
        rules=tuple(body.rules),
        comment=body.comment,
    )
    try:
        await app.db.write(actions.report, viewer.account, wrong)
    except Invalid as refusal:
        told = refused_form(request, refusal, body, _FIELDS)
        about = About(account=body.account, post=body.post, collection=body.collection)
        return await _form(request, viewer, app, about, told, 422)
    return go(request, "/settings/reports", flash="reported")


@page("GET", "/settings/reports")
async def list_own(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:
    """Show what the member has reported, and whether it is closed."""
    found = await app.db.read(own_reports, viewer.account, window(app.ids, Kind.REPORT, query))
    more = more_address(app.ids, Kind.REPORT, "/settings/reports", found, PAGE)
    return await show(request, "settings/reports.html", reports=found.items, more_address=more)


ROUTES = (report_form, send_report, list_own)
