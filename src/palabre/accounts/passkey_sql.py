"""All the SQL of passkeys."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from palabre.accounts import tables
from palabre.accounts.model import Passkey
from palabre.ids import AccountId
from palabre.store import Snapshot, Transaction, delete, insert, statement, update

_p = tables.passkey.c
_columns = [_p[name] for name in Passkey.__struct_fields__]

_INSERT = insert(tables.passkey)
_OF = statement(select(*_columns).where(_p.account == bindparam("account")).order_by(_p.id))
_BY_CREDENTIAL = statement(select(*_columns).where(_p.credential == bindparam("credential")))
_USED = update(tables.passkey, _p.id == bindparam("passkey_id"), sign_count=bindparam("count"), used=bindparam("now"))
_NAME = update(
    tables.passkey, _p.id == bindparam("passkey_id"), _p.account == bindparam("account_id"), name=bindparam("new")
)
_DELETE = delete(tables.passkey, _p.id == bindparam("passkey"), _p.account == bindparam("account"))
_FORGET = delete(tables.passkey, _p.account == bindparam("account"))


def insert_passkey(tx: Transaction, new: Passkey) -> None:
    """Add a passkey."""
    tx.run(
        _INSERT,
        id=new.id,
        account=new.account,
        credential=new.credential,
        public_key=new.public_key,
        sign_count=new.sign_count,
        host=new.host,
        name=new.name,
        created=new.created,
        used=new.used,
    )


def of(db: Snapshot, account: AccountId) -> list[Passkey]:
    """Load the passkeys of a member, oldest first."""
    return [Passkey(**dict(zip(Passkey.__struct_fields__, row, strict=True))) for row in db.all(_OF, account=account)]


def by_credential(db: Snapshot, credential: bytes) -> Passkey | None:
    """Find the passkey that an authenticator calls so."""
    row = db.one(_BY_CREDENTIAL, credential=credential)
    return Passkey(**dict(zip(Passkey.__struct_fields__, row, strict=True))) if row else None


def note_use(tx: Transaction, passkey: int, sign_count: int) -> None:
    """Note that it signed, and what it counts."""
    tx.run(_USED, passkey_id=passkey, count=sign_count, now=tx.now)


def rename(tx: Transaction, account: AccountId, passkey: int, name: str) -> bool:
    """Give one of a member's passkeys another name."""
    return tx.change(_NAME, account_id=account, passkey_id=passkey, new=name) == 1


def remove(tx: Transaction, account: AccountId, passkey: int) -> bool:
    """Remove one of a member's passkeys."""
    return tx.change(_DELETE, account=account, passkey=passkey) == 1


def forget_member(tx: Transaction, account: AccountId) -> None:
    """Remove all passkeys of a member."""
    tx.run(_FORGET, account=account)
