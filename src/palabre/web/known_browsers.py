"""Browsers in which somebody has signed in before: strangers who use the tries of a name up do not shut them out.

A cookie proves it, as OWASP's device cookies do: for each account a random word, and a keyed hash over both. It opens
nothing and names nobody, and nothing of it is kept here.
"""

from __future__ import annotations

import base64
import hmac

from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.ids import AccountId, nonce
from palabre.keyring import Keyring
from palabre.web.desk import desk_of
from palabre.web.page import Header

MOST = 5
"""Accounts that one browser is known for, as many as it may hold."""
_SECONDS = 365 * 24 * 3600
_BETWEEN = "."
_BYTES = 16
_WORD = 22
"""Characters of 16 bytes."""
_PURPOSE = "known browser"


def remember(request: Request, app: Site, account: AccountId) -> Header:
    """Return the cookie of a browser in which ``account`` has just signed in."""
    others = [each for each in _proofs(request, app) if not _is_of(app.keyring, account, each)]
    word = _text(nonce(_BYTES))
    made = word + _text(_hash(app.keyring.look_up(_PURPOSE, _about(account, word))))
    return desk_of(app).known.set(_BETWEEN.join([made, *others][:MOST]), seconds=_SECONDS)


def proof_of(request: Request, app: Site, account: AccountId | None) -> str | None:
    """Return what names this browser among those in which ``account`` has signed in; ``None``: it is a stranger's."""
    if account is None:
        return None
    found = next((each for each in _proofs(request, app) if _is_of(app.keyring, account, each)), None)
    return None if found is None else found[:_WORD]


def claims(request: Request, app: Site) -> bool:
    """Tell whether the browser says that anybody has signed in in it: only then it is worth looking whom it names."""
    return bool(_proofs(request, app))


def _proofs(request: Request, app: Site) -> list[str]:
    given = (desk_of(app).known.read(request) or "").split(_BETWEEN)[:MOST]
    return [each for each in given if len(each) == 2 * _WORD]


def _is_of(keyring: Keyring, account: AccountId, proof: str) -> bool:
    word, shown = proof[:_WORD], proof[_WORD:]
    rights = [_text(_hash(key)) for key in keyring.look_ups(_PURPOSE, _about(account, word))]
    return any(hmac.compare_digest(right, shown) for right in rights)


def _about(account: AccountId, word: str) -> str:
    return f"{account} {word}"


def _hash(key: bytes) -> bytes:
    return key[:_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
