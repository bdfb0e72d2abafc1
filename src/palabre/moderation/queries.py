"""Reading rules and reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from palabre.accounts.queries import accounts
from palabre.i18n import LANGUAGES, translations
from palabre.ids import AccountId, PostId
from palabre.moderation import sql
from palabre.moderation.errors import ReportNotFound
from palabre.moderation.model import Report, ReportView, Rule, Translation
from palabre.paging import Slice, Window, cut
from palabre.posts.model import PostView
from palabre.posts.queries import post_views
from palabre.store import Snapshot


def _(message: str) -> str:
    """Mark a sentence for the catalogues."""
    return message


_BUILT_IN = (_("What the law forbids is forbidden here."), _("Pornography is not published here."))


def rules(db: Snapshot) -> list[Rule]:
    """Return the rules: the operator's own, or as long as there are none, the two that every network begins with."""
    return sql.rules(db) or [
        Rule(
            id=number,
            text=text,
            translations={code: Translation(translations(code).gettext(text)) for code in LANGUAGES},
        )
        for number, text in enumerate(_BUILT_IN, 1)
    ]


def own_rules(db: Snapshot) -> list[Rule]:
    """Return the rules that the operator has made."""
    return sql.rules(db)


def reports_page(db: Snapshot, window: Window, *, closed: bool = False) -> Slice[ReportView]:
    """Return open or closed reports, for those who run the network: three statements."""
    page: Slice[Report] = cut(sql.reports(db, window, closed=closed))
    return _views(db, page, whole=True)


def report_view(db: Snapshot, number: int) -> ReportView | None:
    """Return one report with its accounts, for those who run the network; ``None`` if it is gone."""
    found = sql.one(db, number)
    views = _views(db, Slice([found], number, number), whole=True).items if found else []
    return views[0] if views else None


def reports_among(db: Snapshot, numbers: Collection[int]) -> list[ReportView]:
    """Return some reports with their accounts, for those who run the network. Three statements."""
    found = sql.many(db, numbers) if numbers else []
    return _views(db, Slice(found, None, None), whole=True).items


def own_reports(db: Snapshot, viewer: AccountId, window: Window) -> Slice[ReportView]:
    """Return what the viewer has reported, and whether it is closed: two statements."""
    return _views(db, cut(sql.reports_of(db, viewer, window)), whole=False)


def _views(db: Snapshot, page: Slice[Report], *, whole: bool) -> Slice[ReportView]:
    if not page.items:
        return page.showing([])
    targets = {each.target for each in page.items}
    others = {number for each in page.items for number in (each.reporter, each.assigned) if number}
    people = accounts(db, targets | others if whole else targets)
    counted = sql.counts(db, targets) if whole else {}
    shown = [
        ReportView(
            report=each,
            target=people[each.target],
            reporter=people.get(each.reporter) if whole else None,
            assigned=people.get(each.assigned) if whole and each.assigned else None,
            against=counted.get(each.target, 0),
        )
        for each in page.items
        if each.target in people
    ]
    return page.showing(shown)


def one_report(db: Snapshot, number: int) -> Report:
    """Return a report, for those who run the network.

    Raises:
        ReportNotFound: there is none.

    """
    found = sql.one(db, number)
    if found is None:
        raise ReportNotFound
    return found


def reports_about(
    db: Snapshot, window: Window, *, closed: bool, by: AccountId | None = None, of: AccountId | None = None
) -> Slice[Report]:
    """Return reports by somebody, of somebody or both, for those who run the network. One statement."""
    return cut(sql.reports_about(db, window, closed=closed, by=by, of=of))


def reported_posts(db: Snapshot, viewer: AccountId, reports: Iterable[Report]) -> dict[PostId, PostView]:
    """Load the posts of reports that an administrator may read as a member, and those that anybody may read.

    Who is reported keeps nothing public from whoever runs the network by blocking him.
    """
    wanted = list(dict.fromkeys(post for each in reports for post in each.posts))
    found = {view.post.id: view for view in post_views(db, viewer, wanted)} if wanted else {}
    missing = [post for post in wanted if post not in found]
    return found | {view.post.id: view for view in post_views(db, None, missing)} if missing else found


def open_count(db: Snapshot) -> int:
    """Count the open reports, up to a thousand."""
    return sql.open_count(db)
