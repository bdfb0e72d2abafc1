"""Passkeys: made by members, named, removed; they sign in alone, or take the place of the second step's code.

Each challenge is kept for five minutes and is good once, also for what is refused.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from palabre import journal
from palabre.accounts import passkey_sql as sql
from palabre.accounts import second_factor_sql as steps
from palabre.accounts import signing_in, webauthn
from palabre.accounts.credentials import new_challenge, new_secret
from palabre.accounts.errors import PasskeyNameInvalid, PasskeyNotFound, PasskeyRefused, TooManyPasskeys
from palabre.accounts.events import PasskeyAdded, PasskeyRemoved
from palabre.accounts.model import Passkey
from palabre.accounts.rules import clean_line
from palabre.accounts.webauthn import Place
from palabre.clock import DAY, MINUTE
from palabre.ids import AccountId, new_id
from palabre.keyring import Keyring
from palabre.store import Snapshot, Transaction

MOST = 20
NAME_LENGTH = 50
NEW_FOR = 30 * DAY
"""How long a passkey is pointed out as new: long enough to be seen by who rarely looks."""
_LIFETIME = 5 * MINUTE
_MAKING, _SIGNING_IN = "new passkey", "passkey"


class Asked(NamedTuple):
    """What the browser is to ask an authenticator, and the secret that brings its answer back."""

    options: dict[str, Any]
    secret: str


def passkeys(db: Snapshot, account: AccountId) -> list[Passkey]:
    """Return the passkeys of a member, the newest first: one that somebody else added stands on top."""
    return sql.of(db, account)[::-1]


def is_new(db: Snapshot, passkey: Passkey) -> bool:
    """Tell whether it was added lately."""
    return passkey.created > db.now - NEW_FOR


def own(db: Snapshot, account: AccountId, number: int) -> Passkey:
    """Return one of a member's passkeys.

    Raises:
        PasskeyNotFound: the member has no such passkey.

    """
    for each in sql.of(db, account):
        if each.id == number:
            return each
    raise PasskeyNotFound


def begin(tx: Transaction, keyring: Keyring, account: AccountId, place: Place, *, username: str, title: str) -> Asked:
    """Ask for a new passkey; the caller has made sure that it is the member who wants it.

    Raises:
        TooManyPasskeys: there are enough.

    """
    known = sql.of(tx, account)
    if len(known) >= MOST:
        raise TooManyPasskeys(limit=MOST)
    challenge, secret = _challenge(tx, keyring, _MAKING, account)
    options = webauthn.creation_options(
        place, challenge, user=_user(keyring, account), name=username, title=title, known=known
    )
    return Asked(options, secret)


def finish(
    tx: Transaction, keyring: Keyring, account: AccountId, place: Place, secret: str, raw: str, name: str
) -> Passkey | PasskeyRefused:
    """Keep the passkey that an authenticator has made. A refusal is returned, so that the challenge is used up.

    Raises:
        PasskeyNameInvalid: no name, or too long a one; the challenge stays.

    """
    name = _name(name)
    found = _use(tx, keyring, _MAKING, secret)
    if found is None or found.account != account or found.challenge is None:
        return PasskeyRefused()
    try:
        credential, public_key, count = webauthn.check_new(place, found.challenge, raw)
    except PasskeyRefused as refused:
        return refused
    if sql.by_credential(tx, credential) is not None or len(sql.of(tx, account)) >= MOST:
        return PasskeyRefused()
    made = Passkey(
        id=new_id(tx.now),
        account=account,
        credential=credential,
        public_key=public_key,
        sign_count=count,
        host=place.host,
        name=name,
        created=tx.now,
    )
    sql.insert_passkey(tx, made)
    journal.record(tx, PasskeyAdded(account=account))
    return made


def rename(tx: Transaction, viewer: AccountId, number: int, name: str) -> None:
    """Give a passkey another name.

    Raises:
        PasskeyNotFound: the viewer has no such passkey.

    """
    if not sql.rename(tx, viewer, number, _name(name)):
        raise PasskeyNotFound


def remove(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Let a passkey sign the viewer in no longer.

    Raises:
        PasskeyNotFound: the viewer has no such passkey.

    """
    if not sql.remove(tx, viewer, number):
        raise PasskeyNotFound
    journal.record(tx, PasskeyRemoved(account=viewer))


def begin_sign_in(tx: Transaction, keyring: Keyring, place: Place) -> Asked:
    """Ask whoever it is for a passkey of this place."""
    challenge, secret = _challenge(tx, keyring, _SIGNING_IN, None)
    return Asked(webauthn.request_options(place, challenge, verified=True), secret)


def finish_sign_in(
    tx: Transaction, keyring: Keyring, place: Place, secret: str, raw: str, agent: str
) -> str | PasskeyRefused:
    """Begin a session for whoever holds the passkey: it is both steps in one. A refusal is returned, as above."""
    found = _use(tx, keyring, _SIGNING_IN, secret)
    if found is None or found.challenge is None:
        return PasskeyRefused()
    member = _signer(tx, keyring, place, found.challenge, raw, verified=True)
    session = signing_in.enter(tx, keyring, member, agent) if member is not None else None
    return session or PasskeyRefused()


def begin_second_step(tx: Transaction, keyring: Keyring, place: Place, step: str) -> dict[str, Any] | None:
    """Ask who has shown the password for one of his passkeys; ``None``: nobody has, or has none for this place."""
    found = signing_in.half_done(tx, keyring, step)
    known = [] if found is None else [each for each in sql.of(tx, found) if each.host == place.host]
    if not known:
        return None
    challenge = new_challenge()
    signing_in.set_challenge(tx, keyring, step, challenge)
    return webauthn.request_options(place, challenge, known=known, verified=False)


def finish_second_step(
    tx: Transaction, keyring: Keyring, place: Place, step: str, raw: str, agent: str
) -> str | None:
    """Begin the session if one of the member's passkeys has signed; ``None`` if not."""

    def proves(member: AccountId, challenge: bytes | None) -> bool:
        if challenge is None:
            return False
        return _signer(tx, keyring, place, challenge, raw, verified=False, member=member) == member

    return signing_in.finish_with(tx, keyring, step, proves, agent)


def _signer(
    tx: Transaction,
    keyring: Keyring,
    place: Place,
    challenge: bytes,
    raw: str,
    *,
    verified: bool,
    member: AccountId | None = None,
) -> AccountId | None:
    """Return whose passkey has signed the challenge at this place, and note its use; of ``member`` alone if given."""
    try:
        by = webauthn.signed(raw)
        known = sql.by_credential(tx, by.credential)
        if known is None or known.host != place.host or (member is not None and known.account != member):
            return None
        if by.user is None and member is None:
            return None
        if by.user is not None and by.user != _user(keyring, known.account):
            return None
        count = webauthn.check_use(place, challenge, by, known, verified=verified)
    except PasskeyRefused:
        return None
    sql.note_use(tx, known.id, count)
    return known.account


def _user(keyring: Keyring, account: AccountId) -> bytes:
    """Return what authenticators know a member by: it says nothing, and stays whatever key is renewed."""
    return keyring.lasting_look_up("passkey user", str(account))


def _challenge(tx: Transaction, keyring: Keyring, purpose: str, account: AccountId | None) -> tuple[bytes, str]:
    challenge, secret = new_challenge(), new_secret()
    steps.begin_ceremony(tx, keyring.look_up(purpose, secret), purpose, account, challenge, tx.now + _LIFETIME)
    return challenge, secret


def _use(tx: Transaction, keyring: Keyring, purpose: str, secret: str) -> steps.Ceremony | None:
    """Use a challenge up, and return what was kept with it."""
    for key in keyring.look_ups(purpose, secret):
        found = steps.ceremony(tx, key, purpose)
        if found is not None and steps.end_ceremony(tx, key):
            return found
    return None


def _name(name: str) -> str:
    name = clean_line(name)
    if not 1 <= len(name) <= NAME_LENGTH:
        raise PasskeyNameInvalid(field="name", limit=NAME_LENGTH)
    return name
