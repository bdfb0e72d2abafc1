"""What a member may do beyond talking."""

from __future__ import annotations

import msgspec

from palabre.accounts import model
from palabre.accounts.roles import PERMISSIONS
from palabre.graph.curation import MOST_COLLECTIONS


class AccountRole(msgspec.Struct, frozen=True):
    """A role shown on a profile."""

    id: str
    name: str
    color: str


class Role(msgspec.Struct, frozen=True):
    """The role of an account. ``permissions`` is what it lets its holder do: Mastodon's bits as a sum, in digits.

    ``collection_limit`` is how many collections its holder may make.
    """

    id: str
    name: str
    color: str
    permissions: str
    highlighted: bool
    collection_limit: int


_NAMES = {
    model.Role.MEMBER: ("-99", ""),
    model.Role.MODERATOR: ("1", "Moderator"),
    model.Role.ADMIN: ("2", "Admin"),
    model.Role.OWNER: ("3", "Owner"),
}
"""Their ids and names on a new Mastodon server; -99 is everyone's."""

ROLE_OF_ID = {number: held for held, (number, _) in _NAMES.items()}

_ROLES = {
    held: Role(
        id=number,
        name=name,
        color="",
        permissions=str(int(PERMISSIONS[held])),
        highlighted=held is not model.Role.MEMBER,
        collection_limit=MOST_COLLECTIONS,
    )
    for held, (number, name) in _NAMES.items()
}
_SHOWN = {
    held: (AccountRole(id=each.id, name=each.name, color=each.color),) if each.highlighted else ()
    for held, each in _ROLES.items()
}


def role(held: model.Role) -> Role:
    """Render the role that a member holds."""
    return _ROLES[held]


def roles_shown(held: model.Role) -> tuple[AccountRole, ...]:
    """Return what a profile says of the role that its owner holds: nothing of everyone's."""
    return _SHOWN[held]
