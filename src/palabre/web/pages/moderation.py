"""For those who run the network: reports and rules."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts.roles import Permission
from palabre.edge.answers import Answer
from palabre.edge.binding import ReportRef, RuleRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.ids import AccountId, Kind, PostId
from palabre.moderation import actions
from palabre.moderation.model import ReportView, Rule, Translation
from palabre.moderation.queries import open_count, own_rules, reported_posts, reports_page, rules
from palabre.paging import Slice, Window
from palabre.posts.model import PostView
from palabre.store import Snapshot
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import admin_page, go, show
from palabre.web.windows import PAGE, Paged, more_address, window


class Which(Paged, frozen=True, kw_only=True):
    """The query of the page."""

    which: Literal["open", "closed"] = "open"


class RuleForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a new rule."""

    text: str = ""
    hint: str = ""
    text_fr: str = ""
    hint_fr: str = ""


def _reports(
    db: Snapshot, viewer: AccountId, rows: Window, which: str
) -> tuple[Slice[ReportView], dict[PostId, PostView], list[Rule], int]:
    found = reports_page(db, rows, closed=which == "closed")
    posts = reported_posts(db, viewer, [each.report for each in found.items])
    return found, posts, rules(db), open_count(db)


@admin_page("GET", "/admin/reports", may=Permission.MANAGE_REPORTS)
async def reports(request: Request, viewer: Viewer, app: Site, query: Which) -> Answer:
    """Show open or closed reports, with the posts that an administrator may read as any member, or anybody."""
    rows = window(app.ids, Kind.REPORT, query)
    found, posts, made, waiting = await app.db.read(_reports, viewer.account, rows, query.which)
    texts = {each.id: each.text for each in made}
    shown = [
        (
            each,
            app.ids.encode(Kind.REPORT, each.report.id),
            [posts[post] for post in each.report.posts if post in posts],
            [texts.get(number, "") for number in each.report.rules],
        )
        for each in found.items
    ]
    more = more_address(app.ids, Kind.REPORT, "/admin/reports", found, PAGE, which=query.which)
    return await show(
        request,
        "admin/reports.html",
        reports=shown,
        which=query.which,
        waiting=waiting,
        more_address=more,
    )


@admin_page("POST", "/admin/reports/{report}/close", may=Permission.MANAGE_REPORTS)
async def close(request: Request, viewer: Viewer, app: Site, report: ReportRef) -> Answer:
    """Note that a report has been dealt with."""
    await app.db.write(actions.close_report, viewer.account, report)
    return go(request, "/admin/reports", flash="report_closed")


@admin_page("POST", "/admin/reports/{report}/reopen", may=Permission.MANAGE_REPORTS)
async def reopen(request: Request, viewer: Viewer, app: Site, report: ReportRef) -> Answer:
    """Take that back."""
    await app.db.write(actions.reopen_report, viewer.account, report)
    return go(request, "/admin/reports", flash="report_open")


async def _rules(request: Request, app: Site, told: Form, status: int = 200) -> Answer:
    own, usual = await app.db.read(_own_and_usual)
    listed = [(each, app.ids.encode(Kind.RULE, each.id)) for each in own]
    return await show(request, "admin/rules.html", status=status, rules=listed, usual=usual, form=told)


def _own_and_usual(db: Snapshot) -> tuple[list[Rule], list[Rule]]:
    own = own_rules(db)
    return own, [] if own else rules(db)


@admin_page("POST", "/admin/reports/{report}/take", may=Permission.MANAGE_REPORTS)
async def take(request: Request, viewer: Viewer, app: Site, report: ReportRef) -> Answer:
    """Look into a report oneself."""
    await app.db.write(actions.assign_report, viewer.account, report)
    return go(request, "/admin/reports", flash="report_taken")


@admin_page("POST", "/admin/reports/{report}/leave", may=Permission.MANAGE_REPORTS)
async def leave(request: Request, viewer: Viewer, app: Site, report: ReportRef) -> Answer:
    """Leave a report to others."""
    await app.db.write(actions.assign_report, viewer.account, report, on=False)
    return go(request, "/admin/reports", flash="report_left")


@admin_page("GET", "/admin/rules", may=Permission.MANAGE_RULES)
async def list_rules(request: Request, viewer: Viewer, app: Site) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show the rules, and make new ones."""
    return await _rules(request, app, form({}))


@admin_page("POST", "/admin/rules", may=Permission.MANAGE_RULES)
async def add_rule(request: Request, viewer: Viewer, app: Site, body: RuleForm) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Add a rule."""
    try:
        await app.db.write(actions.add_rule, body.text, body.hint, {"fr": Translation(body.text_fr, body.hint_fr)})
    except Invalid as refusal:
        return await _rules(request, app, refused_form(request, refusal, body, RuleForm.__struct_fields__), 422)
    return go(request, "/admin/rules", flash="rule_made")


@admin_page("POST", "/admin/rules/{rule}/remove", may=Permission.MANAGE_RULES)
async def remove_rule(request: Request, viewer: Viewer, app: Site, rule: RuleRef) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Remove a rule."""
    await app.db.write(actions.remove_rule, rule)
    return go(request, "/admin/rules", flash="rule_gone")


ROUTES = (reports, close, reopen, take, leave, list_rules, add_rule, remove_rule)
