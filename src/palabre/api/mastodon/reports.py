"""Reporting accounts and posts to those who run the network."""

from __future__ import annotations

import msgspec

from palabre.accounts.model import Account
from palabre.accounts.queries import seen_account
from palabre.api.mastodon.entities.report import Report, report
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.binding import AccountRef, CollectionRef, PostRef, RuleRef
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId
from palabre.moderation import actions, model
from palabre.store import Transaction


class NewReport(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``POST /api/v1/reports``. Reports stay on this network, whatever ``forward`` says."""

    account_id: AccountRef
    status_ids: list[PostRef] = msgspec.field(default_factory=list)
    collection_ids: list[CollectionRef] = msgspec.field(default_factory=list)
    comment: str = ""
    forward: bool = False
    category: model.Category = model.Category.OTHER
    rule_ids: list[RuleRef] = msgspec.field(default_factory=list)


def _report(tx: Transaction, viewer: AccountId, wrong: model.Wrong) -> tuple[model.Report, Account]:
    made = actions.report(tx, viewer, wrong)
    return made, seen_account(tx, viewer, wrong.target)


@endpoint("POST", "/api/v1/reports", scope="write:reports")
async def file_report(body: NewReport, viewer: Viewer, app: Site) -> Report:
    """Report an account, and perhaps posts of its; nobody but those who run the network learns of it."""
    wrong = model.Wrong(
        target=body.account_id,
        posts=tuple(body.status_ids),
        collections=tuple(body.collection_ids),
        category=body.category,
        rules=tuple(body.rule_ids),
        comment=body.comment,
    )
    made, target = await app.db.write(_report, viewer.account, wrong)
    return report(app.part(Pieces).names, made, target)


ROUTES = (file_report,)
