"""Followers by the hundred thousand, written directly: they are the stage, not the play."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from palabre.accounts import oauth
from palabre.accounts.actions import NewMember, create_member
from palabre.accounts.errors import AccountNotFound
from palabre.accounts.queries import account_by_handle
from palabre.folder import open_folder
from palabre.graph.actions import follow
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.store import Snapshot, Transaction

_SLICE = 1_000


def gather(
    folder: Path, database: str, authors: Sequence[str], sizes: Sequence[int], reading: int, *, name: str = "follower"
) -> list[str]:
    """Make followers while no server runs: the first ``sizes[n]`` of them follow ``authors[n]``.

    They are called ``name`` and a number.

    Returns:
        tokens of the first ``reading`` followers.

    """
    opened = open_folder(folder, database=database)
    tokens: list[str] = []
    try:
        ids = [opened.database.read_now(_id_of, name) for name in authors]
        for start in range(0, max(sizes), _SLICE):
            numbers = range(start, min(start + _SLICE, max(sizes)))
            tokens += opened.database.write_now(
                _add, opened.keyring, numbers, list(zip(ids, sizes, strict=True)), reading, name
            )
    finally:
        opened.database.close()
    return tokens


def _id_of(db: Snapshot, name: str) -> AccountId:
    found = account_by_handle(db, name)
    if found is None:
        raise AccountNotFound
    return found.id


def _add(
    tx: Transaction,
    keyring: Keyring,
    numbers: range,
    authors: Sequence[tuple[AccountId, int]],
    reading: int,
    name: str,
) -> list[str]:
    tokens = []
    for number in numbers:
        made = create_member(tx, keyring, NewMember(username=f"{name}{number}"))
        for author, size in authors:
            if number < size:
                follow(tx, made.id, author)
        if number < reading:
            tokens.append(oauth.member_token(tx, keyring, None, made.id, "read write follow"))
    return tokens
