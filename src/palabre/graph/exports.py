"""Whom a member follows, mutes and blocks, and his lists, as rows of the CSV files that Mastodon reads and writes."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from sqlalchemy import BindParameter, bindparam, select

from palabre.accounts.tables import account
from palabre.graph.sql import follows_of
from palabre.graph.tables import account_list, block, domain_block, follow, list_member, mute
from palabre.ids import AccountId
from palabre.store import Snapshot, statement

_owner: BindParameter[int] = bindparam("owner")
_a = account.c
_FOLLOWED = statement(
    select(_a.id, _a.username, _a.domain)
    .join_from(follow, account, _a.id == follow.c.followed)
    .where(follow.c.follower == _owner)
)
_MUTED = statement(
    select(_a.username, _a.domain, mute.c.notifications)
    .join_from(mute, account, _a.id == mute.c.target)
    .where(mute.c.account == _owner, mute.c.expires.is_(None))
    .order_by(mute.c.id)
)
_BLOCKED = statement(
    select(_a.username, _a.domain)
    .join_from(block, account, _a.id == block.c.target)
    .where(block.c.account == _owner)
    .order_by(block.c.id)
)
_LISTED = statement(
    select(account_list.c.title, _a.username, _a.domain)
    .join_from(account_list, list_member, list_member.c.list == account_list.c.id)
    .join(account, _a.id == list_member.c.account)
    .where(account_list.c.account == _owner)
    .order_by(account_list.c.id, list_member.c.id)
)
_DOMAINS = statement(
    select(domain_block.c.domain).where(domain_block.c.account == _owner).order_by(domain_block.c.id)
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(text: str) -> str:
    """Keep a spreadsheet from taking a title that begins like a formula for one; importing undoes it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


class Export(StrEnum):
    """The files, by the names that Mastodon gives them."""

    FOLLOWS = "following_accounts"
    MUTES = "muted_accounts"
    BLOCKS = "blocked_accounts"
    LISTS = "lists"
    DOMAINS = "blocked_domains"


def exported(db: Snapshot, viewer: AccountId, what: Export, domain: str) -> list[list[str]]:
    """Return the rows of a file, its header first if it has one; ``domain`` is our own. At most two statements."""

    def address(username: str, of: str) -> str:
        return f"{username}@{of or domain}"

    match what:
        case Export.FOLLOWS:
            return list(_follows(db, viewer, domain))
        case Export.MUTES:
            rows = db.all(_MUTED, owner=viewer)
            found = [[address(name, of), _flag(notifications)] for name, of, notifications in rows]
            return [["Account address", "Hide notifications"], *found]
        case Export.BLOCKS:
            return [[address(*row)] for row in db.all(_BLOCKED, owner=viewer)]
        case Export.LISTS:
            return [[title, address(name, of)] for title, name, of in db.all(_LISTED, owner=viewer)]
        case Export.DOMAINS:
            return [[name] for name in db.column(_DOMAINS, owner=viewer)]


def _follows(db: Snapshot, viewer: AccountId, domain: str) -> Iterator[list[str]]:
    yield ["Account address", "Show boosts", "Notify on new posts", "Languages"]
    names = {number: f"{name}@{of or domain}" for number, name, of in db.all(_FOLLOWED, owner=viewer)}
    for each in follows_of(db, viewer):
        if each.followed in names:
            yield [
                names[each.followed],
                _flag(each.show_reposts),
                _flag(each.notify),
                ", ".join(each.languages),
            ]


def _flag(value: object) -> str:
    return "true" if value else "false"
