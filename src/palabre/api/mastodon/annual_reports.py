"""A member's years, summed up for the member alone."""

from __future__ import annotations

import re

import msgspec

from palabre.accounts.queries import account
from palabre.api.mastodon.entities.annual_report import AnnualReport, annual_report
from palabre.api.mastodon.loading import views_json
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId
from palabre.posts import yearly
from palabre.posts.queries import post_views
from palabre.store import Snapshot

_YEAR = re.compile(r"[0-9]{1,5}", re.ASCII)


class WrappedAnnualReports(msgspec.Struct, frozen=True):
    """Reports, with the posts and the account that they name."""

    annual_reports: list[AnnualReport]
    accounts: msgspec.Raw
    statuses: msgspec.Raw


class ReportState(msgspec.Struct, frozen=True):
    """Whether there is a report."""

    state: yearly.State


def _number(year: str) -> int:
    """Read a year.

    Raises:
        ReportNotFound: it is none.

    """
    if not _YEAR.fullmatch(year):
        raise yearly.ReportNotFound
    return int(year)


async def _wrapped(app: Site, viewer: AccountId, years: list[int] | None) -> WrappedAnnualReports:
    pieces = app.part(Pieces)
    mark = pieces.mark

    def load(db: Snapshot) -> WrappedAnnualReports:
        wanted = list(yearly.reports_of(db, viewer)) if years is None else years
        found = [yearly.report(db, viewer, year) for year in wanted]
        best = dict.fromkeys(post for each in found for post in each.best)
        views = post_views(db, viewer, list(best)) if best else []
        own = account(db, viewer)
        return WrappedAnnualReports(
            [annual_report(pieces.names, viewer, each) for each in found],
            msgspec.Raw(pieces.people([own] if own and found else [], mark)),
            msgspec.Raw(views_json(pieces, views, mark, reader=viewer)),
        )

    return await app.db.read_slow(load)


@endpoint("GET", "/api/v1/annual_reports", scope="read:accounts")
async def list_reports(viewer: Viewer, app: Site) -> WrappedAnnualReports:
    """Show the years for which the member has asked, the last first."""
    return await _wrapped(app, viewer.account, None)


@endpoint("GET", "/api/v1/annual_reports/{year}", scope="read:accounts")
async def show_report(year: str, viewer: Viewer, app: Site) -> WrappedAnnualReports:
    """Show a year."""
    return await _wrapped(app, viewer.account, [_number(year)])


@endpoint("GET", "/api/v1/annual_reports/{year}/state", scope="read:accounts")
async def show_state(year: str, viewer: Viewer, app: Site) -> ReportState:
    """Tell whether a year is summed up, or can be."""
    return ReportState(await app.db.read(yearly.state_of, viewer.account, _number(year)))


@endpoint("POST", "/api/v1/annual_reports/{year}/generate", scope="write:accounts")
async def generate_report(year: str, viewer: Viewer, app: Site) -> None:
    """Let a year be summed up, if it can be."""
    await app.db.write(yearly.ask_for, viewer.account, _number(year))


@endpoint("POST", "/api/v1/annual_reports/{year}/read", scope="write:accounts")
async def read_report(year: str, viewer: Viewer, app: Site) -> None:
    """Note that the member has seen it."""
    await app.db.write(yearly.mark_seen, viewer.account, _number(year))


ROUTES = (list_reports, show_report, show_state, generate_report, read_report)
