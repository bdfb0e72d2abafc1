"""Reading rules and reports."""

from __future__ import annotations

from palabre.accounts.queries import accounts
from palabre.i18n import LANGUAGES, translations
from palabre.ids import AccountId
from palabre.moderation import sql
from palabre.moderation.model import Report, ReportView, Rule, Translation
from palabre.paging import Slice, Window, cut
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


def own_reports(db: Snapshot, viewer: AccountId, window: Window) -> Slice[ReportView]:
    """Return what the viewer has reported, and whether it is closed: two statements."""
    return _views(db, cut(sql.reports_of(db, viewer, window)), whole=False)


def _views(db: Snapshot, page: Slice[Report], *, whole: bool) -> Slice[ReportView]:
    if not page.items:
        return Slice([], page.newest, page.oldest)
    targets = {each.target for each in page.items}
    people = accounts(db, targets | {each.reporter for each in page.items} if whole else targets)
    counted = sql.counts(db, targets) if whole else {}
    shown = [
        ReportView(
            report=each,
            target=people[each.target],
            reporter=people.get(each.reporter) if whole else None,
            against=counted.get(each.target, 0),
        )
        for each in page.items
        if each.target in people
    ]
    return Slice(shown, page.newest, page.oldest)


def open_count(db: Snapshot) -> int:
    """Count the open reports, up to a thousand."""
    return sql.open_count(db)
