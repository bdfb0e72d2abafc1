"""What each role may do beyond talking, in Mastodon's bits, and who stands above whom."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntFlag
from functools import reduce
from operator import or_
from typing import Final

from palabre.accounts.model import Role


class Permission(IntFlag):
    """What somebody who helps to run the network may do. The values are Mastodon's; those without a use are left out.

    Source: ``UserRole::FLAGS`` of Mastodon 4.6, as apps read them in ``Role.permissions``.
    """

    NOTHING = 0
    ADMINISTRATOR = 1 << 0
    """Everything."""
    VIEW_DEVOPS = 1 << 1
    """See how the machines do."""
    VIEW_AUDIT_LOG = 1 << 2
    """See what others who run the network did."""
    VIEW_DASHBOARD = 1 << 3
    """See figures."""
    MANAGE_REPORTS = 1 << 4
    MANAGE_FEDERATION = 1 << 5
    """Block other servers and let them in."""
    MANAGE_SETTINGS = 1 << 6
    MANAGE_BLOCKS = 1 << 7
    """Keep out e-mail providers, addresses and networks."""
    MANAGE_TAXONOMIES = 1 << 8
    """Decide about hashtags and trends."""
    MANAGE_APPEALS = 1 << 9
    """Decide about appeals against what moderators did."""
    MANAGE_USERS = 1 << 10
    """See accounts, let newcomers in, and warn, limit and suspend."""
    MANAGE_INVITES = 1 << 11
    MANAGE_RULES = 1 << 12
    MANAGE_ANNOUNCEMENTS = 1 << 13
    MANAGE_CUSTOM_EMOJIS = 1 << 14
    MANAGE_WEBHOOKS = 1 << 15
    """Have programs told of the network."""
    MANAGE_ROLES = 1 << 17
    """Give and take roles below one's own."""
    MANAGE_USER_ACCESS = 1 << 18
    """See the e-mail addresses with which members sign in, find accounts by them, help members in again."""
    DELETE_USER_DATA = 1 << 19
    """Delete suspended accounts for good."""


_ALL: Final = reduce(or_, Permission)
_MODERATION: Final = (
    Permission.VIEW_DASHBOARD
    | Permission.VIEW_AUDIT_LOG
    | Permission.MANAGE_USERS
    | Permission.MANAGE_REPORTS
    | Permission.MANAGE_TAXONOMIES
)

PERMISSIONS: Final[Mapping[Role, Permission]] = {
    Role.MEMBER: Permission.NOTHING,
    Role.MODERATOR: _MODERATION,
    Role.ADMIN: _ALL & ~Permission.ADMINISTRATOR,
    Role.OWNER: _ALL,
}
"""What each role may do."""

STAFF: Final = tuple(role for role in Role if PERMISSIONS[role])
"""The roles of those who run the network, lowest first."""


def outranks(above: Role, below: Role) -> bool:
    """Tell whether a role stands above another: only then its holder does something about the other's account."""
    order = list(Role)
    return order.index(above) > order.index(below)


def roles_below(role: Role) -> tuple[Role, ...]:
    """Return the roles that a holder of ``role`` may give and take, lowest first; none without that permission."""
    if Permission.MANAGE_ROLES not in PERMISSIONS[role]:
        return ()
    return tuple(each for each in Role if outranks(role, each))
