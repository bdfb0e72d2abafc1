"""Links with which a member who lost the password sets a new one: once, within a day, without any mail.

Nothing of them is stored. A link is sealed with the network's key and says whose password it renews, who gave it,
until when, and which password it is to replace: once that one is another, by this link, another one or the member,
it renews nothing any more.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b

import msgspec
from cryptography.exceptions import InvalidTag

from palabre.accounts import sql
from palabre.accounts.errors import AccountNotFound, PasswordLinkUsed
from palabre.clock import DAY, Instant
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.store import Snapshot

LIFETIME = DAY
_PURPOSE = "password link"
_LONGEST = 400


class Renewal(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a link says."""

    account: AccountId
    by: AccountId
    until: Instant
    replaces: str


def _mark(password_hash: str | None) -> str:
    """Tell one password from the next without giving away its hash, which is never read outside the database."""
    return blake2b((password_hash or "").encode(), digest_size=16, person=_PURPOSE.encode()).hexdigest()


def make_link(db: Snapshot, keyring: Keyring, account: AccountId, *, by: AccountId) -> str:
    """Return the secret part of a link for a member.

    Raises:
        AccountNotFound: there is no such member, or the account lives elsewhere.

    """
    login = sql.login(db, account)
    if login is None:
        raise AccountNotFound
    told = Renewal(account=account, by=by, until=Instant(db.now + LIFETIME), replaces=_mark(login.password_hash))
    sealed = keyring.seal(_PURPOSE, msgspec.json.encode(told).decode())
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read_link(db: Snapshot, keyring: Keyring, link: str) -> Renewal:
    """Return what a link says while it is good.

    Raises:
        PasswordLinkUsed: it is not ours, too old, or the password is another by now.

    """
    try:
        sealed = base64.b64decode(link[:_LONGEST] + "=" * (-len(link[:_LONGEST]) % 4), altchars=b"-_", validate=True)
        told = msgspec.json.decode(keyring.unseal(_PURPOSE, sealed), type=Renewal)
    except (InvalidTag, ValueError, binascii.Error, msgspec.DecodeError):
        raise PasswordLinkUsed from None
    login = sql.login(db, told.account)
    if login is None or told.until <= db.now or told.replaces != _mark(login.password_hash):
        raise PasswordLinkUsed
    return told
