"""All the SQL of the second step of signing in: secrets of codes, recovery codes, sign-ins that are half done."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from palabre.accounts import tables
from palabre.ids import AccountId
from palabre.store import Snapshot, Transaction, delete, insert, statement, update, upsert

_f = tables.second_factor.c
_r = tables.recovery_code.c
_c = tables.ceremony.c

_KEEP = upsert(tables.second_factor, key=["account"], change=["secret_sealed", "last_step", "created", "confirmed"])
_FIND = statement(
    select(_f.secret_sealed, _f.last_step, _f.created, _f.confirmed).where(_f.account == bindparam("account"))
)
_CONFIRM = update(tables.second_factor, _f.account == bindparam("account_id"), confirmed=bindparam("now"))
_TAKE = update(
    tables.second_factor,
    _f.account == bindparam("account_id"),
    _f.last_step < bindparam("step"),
    last_step=bindparam("step"),
)
_FORGET = delete(tables.second_factor, _f.account == bindparam("account"))
_SEALED = statement(
    select(_f.account, _f.secret_sealed)
    .where(_f.account > bindparam("after"))
    .order_by(_f.account)
    .limit(bindparam("most"))
)
_RESEAL = update(tables.second_factor, _f.account == bindparam("account_id"), secret_sealed=bindparam("sealed"))

_ADD_CODE = insert(tables.recovery_code)
_USE_CODE = delete(tables.recovery_code, _r.account == bindparam("account"), _r.code_key == bindparam("code"))
_FORGET_CODES = delete(tables.recovery_code, _r.account == bindparam("account"))
_COUNT_CODES = statement(
    select(func.count()).select_from(tables.recovery_code).where(_r.account == bindparam("account"))
)

_ADD_CEREMONY = insert(tables.ceremony)
_CEREMONY = statement(
    select(_c.account, _c.challenge, _c.tries).where(
        _c.secret_key == bindparam("secret"), _c.purpose == bindparam("purpose"), _c.expires > bindparam("now")
    )
)
_TRIED = update(tables.ceremony, _c.secret_key == bindparam("secret"), tries=_c.tries + 1)
_CHALLENGE = update(tables.ceremony, _c.secret_key == bindparam("secret"), challenge=bindparam("new"))
_END_CEREMONY = delete(tables.ceremony, _c.secret_key == bindparam("secret"))
_END_CEREMONIES = delete(tables.ceremony, _c.account == bindparam("account"))
_FORGET_CEREMONIES = delete(tables.ceremony, _c.expires <= bindparam("now"))


class Factor(NamedTuple):
    """The time-based codes of a member."""

    sealed: bytes
    last_step: int
    created: int
    confirmed: int | None


class Ceremony(NamedTuple):
    """A sign-in that is half done, or a passkey that is about to sign."""

    account: AccountId | None
    challenge: bytes | None
    tries: int


def keep(tx: Transaction, account: AccountId, sealed: bytes) -> None:
    """Write a new secret, in place of one that was not confirmed."""
    tx.run(_KEEP, account=account, secret_sealed=sealed, last_step=0, created=tx.now, confirmed=None)


def factor(db: Snapshot, account: AccountId) -> Factor | None:
    """Load the codes of a member, confirmed or not."""
    row = db.one(_FIND, account=account)
    return Factor(bytes(row[0]), row[1], row[2], row[3]) if row else None


def confirm(tx: Transaction, account: AccountId) -> None:
    """Note that the member's app shows the right codes."""
    tx.run(_CONFIRM, account_id=account, now=tx.now)


def take(tx: Transaction, account: AccountId, step: int) -> bool:
    """Note the step of a code that is taken; ``False`` if it, or a later one, was taken before."""
    return tx.change(_TAKE, account_id=account, step=step) == 1


def forget(tx: Transaction, account: AccountId) -> None:
    """Remove codes, recovery codes and sign-ins that are half done."""
    tx.run(_FORGET, account=account)
    tx.run(_FORGET_CODES, account=account)
    tx.run(_END_CEREMONIES, account=account)


def sealed_secrets(db: Snapshot, after: int, most: int) -> list[tuple[AccountId, bytes]]:
    """Load encrypted secrets, by account."""
    return [(AccountId(number), bytes(sealed)) for number, sealed in db.all(_SEALED, after=after, most=most)]


def reseal(tx: Transaction, account: AccountId, sealed: bytes) -> None:
    """Write the same secret under another key."""
    tx.run(_RESEAL, account_id=account, sealed=sealed)


def replace_codes(tx: Transaction, account: AccountId, keys: list[bytes]) -> None:
    """Write new recovery codes in place of all others."""
    tx.run(_FORGET_CODES, account=account)
    tx.run_many(_ADD_CODE, ({"account": account, "code_key": key} for key in keys))


def use_code(tx: Transaction, account: AccountId, key: bytes) -> bool:
    """Use a recovery code up."""
    return tx.change(_USE_CODE, account=account, code=key) == 1


def count_codes(db: Snapshot, account: AccountId) -> int:
    """Count the recovery codes that are left."""
    return int(db.value(_COUNT_CODES, account=account))


def begin_ceremony(
    tx: Transaction, key: bytes, purpose: str, account: AccountId | None, challenge: bytes | None, expires: int
) -> None:
    """Add a sign-in that is half done, or what a passkey is to sign."""
    tx.run(
        _ADD_CEREMONY, secret_key=key, purpose=purpose, account=account, challenge=challenge, tries=0, expires=expires
    )


def ceremony(db: Snapshot, key: bytes, purpose: str) -> Ceremony | None:
    """Find one that has not run out."""
    row = db.one(_CEREMONY, secret=key, purpose=purpose, now=db.now)
    if row is None:
        return None
    account, challenge, tries = row
    return Ceremony(
        None if account is None else AccountId(account), None if challenge is None else bytes(challenge), tries
    )


def tried(tx: Transaction, key: bytes) -> None:
    """Count a try."""
    tx.run(_TRIED, secret=key)


def set_challenge(tx: Transaction, key: bytes, challenge: bytes | None) -> None:
    """Write what a passkey is to sign, in place of what it was to sign before."""
    tx.run(_CHALLENGE, secret=key, new=challenge)


def end_ceremony(tx: Transaction, key: bytes) -> bool:
    """Remove one: it is good once."""
    return tx.change(_END_CEREMONY, secret=key) == 1


def end_ceremonies(tx: Transaction, account: AccountId) -> None:
    """Remove those of a member."""
    tx.run(_END_CEREMONIES, account=account)


def forget_ceremonies(tx: Transaction) -> None:
    """Remove those that have run out."""
    tx.run(_FORGET_CEREMONIES, now=tx.now)
