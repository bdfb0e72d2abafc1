"""Links by which a member who lost the password chooses a new one. Nothing is stored of them.

A link carries until when it is good, and a keyed hash of that, of whose it is and of the password that it is to
replace: once there is a new password, it is good no more, nor is any other that was given before.
"""

from __future__ import annotations

import hmac
import re

from palabre.accounts import actions
from palabre.accounts.errors import AccountNotFound, PasswordLinkUsed
from palabre.accounts.model import Login
from palabre.accounts.queries import login_of
from palabre.clock import DAY
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.store import Snapshot, Transaction

LIFETIME = DAY
_PURPOSE = "new password"
_CODE = re.compile(r"([0-9a-f]{9,12})-([0-9a-f]{64})")


def _said(login: Login, expires: int) -> str:
    return f"{login.account} {expires} {login.password_hash or ''}"


def code_for(db: Snapshot, keyring: Keyring, number: AccountId) -> str:
    """Return the code of a link for a member: good once, for :data:`LIFETIME`.

    Raises:
        AccountNotFound: nobody signs in as this account.

    """
    login = login_of(db, number)
    if login is None:
        raise AccountNotFound
    expires = db.now + LIFETIME
    return f"{expires:x}-{keyring.look_up(_PURPOSE, _said(login, expires)).hex()}"


def check_code(db: Snapshot, keyring: Keyring, number: AccountId, code: str) -> None:
    """Refuse a code that is not good, or not any more.

    Raises:
        PasswordLinkUsed: whatever is wrong with it, also if there is no such account.

    """
    login, parts = login_of(db, number), _CODE.fullmatch(code)
    if login is None or parts is None:
        raise PasswordLinkUsed
    expires = int(parts[1], 16)
    known = [each.hex() for each in keyring.look_ups(_PURPOSE, _said(login, expires))]
    if expires <= db.now or not any(hmac.compare_digest(parts[2], each) for each in known):
        raise PasswordLinkUsed


def set_by_code(tx: Transaction, keyring: Keyring, number: AccountId, code: str, password_hash: str) -> None:
    """Set the new password, and end everything else: the code, sessions, tokens and passkeys.

    Raises:
        PasswordLinkUsed: as :func:`check_code`.

    """
    check_code(tx, keyring, number, code)
    actions.reset_password(tx, number, password_hash)
