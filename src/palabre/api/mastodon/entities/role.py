"""What a member may do beyond talking."""

from __future__ import annotations

import msgspec

from palabre.accounts import model


class AccountRole(msgspec.Struct, frozen=True):
    """A role shown on a profile."""

    id: str
    name: str
    color: str


class Role(msgspec.Struct, frozen=True):
    """The role of whoever asks. ``permissions`` is what the API lets him do beyond a member: nothing yet."""

    id: str
    name: str
    color: str
    permissions: str
    highlighted: bool
    collection_limit: int


_ROLES = {
    model.Role.MEMBER: Role(id="-99", name="", color="", permissions="0", highlighted=False, collection_limit=0),
    model.Role.ADMIN: Role(id="3", name="Admin", color="", permissions="0", highlighted=True, collection_limit=0),
}


def role(held: model.Role) -> Role:
    """Render the role that a member holds."""
    return _ROLES[held]
