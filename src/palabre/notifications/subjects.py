"""What notifications are about that are about no post: reports, acts of moderators, collections, who has joined.

Whether the viewer may see it is decided when it is read: who no longer runs the network is told of no report.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from palabre.accounts.model import Role
from palabre.accounts.queries import accounts
from palabre.accounts.roles import PERMISSIONS, Permission
from palabre.graph.curation import collections_among
from palabre.graph.model import AccountCollection
from palabre.ids import AccountId
from palabre.moderation.acts import deeds_among, deeds_upon
from palabre.moderation.model import Deed, ReportView
from palabre.moderation.queries import reports_among
from palabre.notifications.model import Kind
from palabre.store import Snapshot

Subject = ReportView | Deed | AccountCollection
Key = tuple[Kind, int]

_NEEDED: Final = {
    Kind.SIGN_UP: Permission.MANAGE_USERS,
    Kind.REPORT: Permission.MANAGE_REPORTS,
    Kind.APPEAL: Permission.MANAGE_APPEALS,
}
_OWN_ACTS: Final = frozenset({Kind.WARNING, Kind.APPEAL_DECIDED})
_OF_COLLECTIONS: Final = frozenset({Kind.COLLECTED, Kind.COLLECTION_UPDATE})
WITH_SUBJECT: Final = _OF_COLLECTIONS | _OWN_ACTS | {*_NEEDED}
"""Kinds of which has to be looked up whether the viewer may see what they are about."""


def subjects_of(db: Snapshot, viewer: AccountId, keys: Iterable[Key]) -> dict[Key, Subject | None]:
    """Load what notifications are about, by kind and subject; what the viewer may not see, or is gone, is left out.

    No statement if they are all about posts and follows; else at most ten, however many they are.
    """
    wanted = {key for key in keys if key[0] in WITH_SUBJECT}
    if not wanted:
        return {}
    found: dict[Key, Subject | None] = {}
    if any(kind in _NEEDED for kind, _ in wanted):
        reader = accounts(db, [viewer]).get(viewer)
        may = PERMISSIONS[reader.role if reader is not None else Role.MEMBER]
        seen = {key for key in wanted if key[0] in _NEEDED and _NEEDED[key[0]] in may}
        found |= {key: None for key in seen if key[0] is Kind.SIGN_UP}
        reports = reports_among(db, [subject for kind, subject in seen if kind is Kind.REPORT])
        found |= {(Kind.REPORT, each.report.id): each for each in reports}
        appealed = deeds_among(db, [subject for kind, subject in seen if kind is Kind.APPEAL])
        found |= {(Kind.APPEAL, each.id): each for each in appealed if each.appeal is not None}
    acts = {each.id: each for each in deeds_upon(db, viewer, {key[1] for key in wanted if key[0] in _OWN_ACTS})}
    found |= {key: acts[key[1]] for key in wanted if key[0] in _OWN_ACTS and key[1] in acts}
    numbers = {subject for kind, subject in wanted if kind in _OF_COLLECTIONS}
    collections = {each.id: each for each in collections_among(db, viewer, sorted(numbers))}
    found |= {key: collections[key[1]] for key in wanted if key[0] in _OF_COLLECTIONS and key[1] in collections}
    return found
