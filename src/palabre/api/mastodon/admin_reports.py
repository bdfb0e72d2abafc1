"""For those who run the network: what members report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec

from palabre.accounts import roster
from palabre.accounts.roles import Permission
from palabre.accounts.roster_model import Member
from palabre.api.mastodon.entities.admin_account import AdminAccount, admin_account
from palabre.api.mastodon.entities.admin_report import AdminReport, admin_report
from palabre.api.mastodon.loading import view_json
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.admin import addresses_for, admin_endpoint
from palabre.edge.answers import Page
from palabre.edge.binding import AccountRef, ReportRef, RuleRef
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, Kind, PostId
from palabre.moderation import actions, queries
from palabre.moderation.model import Category, Report, Rule
from palabre.paging import Slice, Window
from palabre.posts.model import PostView
from palabre.store import Snapshot

_MAY = Permission.MANAGE_REPORTS
_READ = "admin:read:reports"
_WRITE = "admin:write:reports"

ReportsPage = Annotated[Page, list[AdminReport]]


class Wanted(Paging, kw_only=True):
    """The query of the list."""

    resolved: bool = False
    account_id: AccountRef | None = None
    """Who reported."""
    target_account_id: AccountRef | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a change."""

    category: Category | None = None
    rule_ids: list[RuleRef] | None = None


class _Loaded(NamedTuple):
    reports: Slice[Report]
    people: dict[AccountId, Member]
    posts: dict[PostId, PostView]
    rules: dict[int, Rule]


def _load(db: Snapshot, viewer: AccountId, found: Slice[Report]) -> _Loaded:
    people = {
        number for each in found.items for number in (each.reporter, each.target, each.assigned, each.closed_by)
    }
    return _Loaded(
        found,
        roster.members_among(db, {number for number in people if number}),
        queries.reported_posts(db, viewer, found.items),
        {each.id: each for each in queries.rules(db)},
    )


def _page(db: Snapshot, viewer: AccountId, window: Window, query: Wanted) -> _Loaded:
    of = query.target_account_id
    found = queries.reports_about(db, window, closed=query.resolved, by=query.account_id, of=of)
    return _load(db, viewer, found)


def _one(db: Snapshot, viewer: AccountId, number: int) -> _Loaded:
    return _load(db, viewer, Slice([queries.one_report(db, number)], number, number))


def _shown(app: Site, viewer: Viewer, loaded: _Loaded) -> list[AdminReport]:
    pieces, keyring = app.part(Pieces), addresses_for(viewer, app.keyring)

    def who(number: AccountId) -> AdminAccount:
        return admin_account(pieces.names, keyring, loaded.people.get(number))

    def statuses(report: Report) -> Sequence[msgspec.Raw]:
        views = [loaded.posts[post] for post in report.posts if post in loaded.posts]
        return [msgspec.Raw(view_json(pieces, view, pieces.mark, reader=viewer.account)) for view in views]

    return [admin_report(pieces.names, each, who, statuses(each), loaded.rules) for each in loaded.reports.items]


@admin_endpoint("GET", "/api/v1/admin/reports", scope=_READ, may=_MAY)
async def list_reports(request: Request, query: Wanted, viewer: Viewer, app: Site) -> ReportsPage:
    """Show open reports, or with ``resolved`` closed ones, the newest first."""
    window = query.window(app.ids, Kind.REPORT, usual=100, most=200)
    loaded = await app.db.read(_page, viewer.account, window, query)
    return Page(_shown(app, viewer, loaded), link(request, loaded.reports, Kind.REPORT))


async def _show(app: Site, viewer: Viewer, number: int) -> AdminReport:
    return _shown(app, viewer, await app.db.read(_one, viewer.account, number))[0]


async def _change(app: Site, viewer: Viewer, number: int, act: Callable[..., None], **how: Any) -> AdminReport:
    await app.db.write(act, viewer.account, number, **how)
    return await _show(app, viewer, number)


@admin_endpoint("GET", "/api/v1/admin/reports/{report}", scope=_READ, may=_MAY)
async def show_report(report: ReportRef, viewer: Viewer, app: Site) -> AdminReport:
    """Show a report."""
    return await _show(app, viewer, report)


@admin_endpoint("PUT", "/api/v1/admin/reports/{report}", scope=_WRITE, may=_MAY)
async def update_report(report: ReportRef, body: Change, viewer: Viewer, app: Site) -> AdminReport:
    """Say better what a report is about."""
    change = actions.change_report
    return await _change(app, viewer, report, change, category=body.category, broken=body.rule_ids)


@admin_endpoint("POST", "/api/v1/admin/reports/{report}/assign_to_self", scope=_WRITE, may=_MAY)
async def assign(report: ReportRef, viewer: Viewer, app: Site) -> AdminReport:
    """Look into a report oneself."""
    return await _change(app, viewer, report, actions.assign_report)


@admin_endpoint("POST", "/api/v1/admin/reports/{report}/unassign", scope=_WRITE, may=_MAY)
async def unassign(report: ReportRef, viewer: Viewer, app: Site) -> AdminReport:
    """Leave a report to others."""
    return await _change(app, viewer, report, actions.assign_report, on=False)


@admin_endpoint("POST", "/api/v1/admin/reports/{report}/resolve", scope=_WRITE, may=_MAY)
async def resolve(report: ReportRef, viewer: Viewer, app: Site) -> AdminReport:
    """Note that a report has been dealt with."""
    return await _change(app, viewer, report, actions.close_report)


@admin_endpoint("POST", "/api/v1/admin/reports/{report}/reopen", scope=_WRITE, may=_MAY)
async def reopen(report: ReportRef, viewer: Viewer, app: Site) -> AdminReport:
    """Take that back."""
    return await _change(app, viewer, report, actions.reopen_report)


ROUTES = (list_reports, show_report, update_report, assign, unassign, resolve, reopen)
