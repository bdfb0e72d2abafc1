"""Who a bearer token or a session cookie stands for, remembered: asked at every request, answered in microseconds."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from hashlib import blake2b

from palabre import clock
from palabre.accounts import app_tokens, oauth_sql, session_sql
from palabre.accounts.credentials import first
from palabre.accounts.events import AccessEnded, AccountChanged
from palabre.accounts.model import Access
from palabre.accounts.sessions import TOUCH_EVERY
from palabre.events import Event
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.store import Snapshot


class AccessCache:
    """The tokens and sessions in use, least recently used first; secrets are in it only as hashes.

    ``cache.token(secret) or await db.read(cache.load_token, secret)``, whatever thread that reads in; the same for
    sessions.
    Facts about accounts must reach :meth:`apply` before whoever caused them is answered, so that nothing that was
    revoked is believed afterwards.
    """

    def __init__(self, keyring: Keyring, most: int = 50_000) -> None:
        """Remember at most ``most`` of them."""
        self._keyring = keyring
        self._most = most
        self._known: OrderedDict[bytes, Access] = OrderedDict()
        self._of: defaultdict[AccountId | None, set[bytes]] = defaultdict(set)
        self._lock = threading.Lock()
        """Loading happens in other threads where the database must be waited for."""
        self._drops = 0
        self._touched: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._known)

    def token(self, secret: str) -> Access | None:
        """Return what this token is known to allow; ``None``: ask the database."""
        return self._find(_hash(b"token", secret))

    def session(self, secret: str) -> Access | None:
        """Return the session that this cookie is known to open; ``None``: ask the database."""
        return self._find(_hash(b"session", secret))

    def app_token(self, secret: str) -> Access | None:
        """Return the session that this token of the app is known to stand for; ``None``: ask the database."""
        return self._find(_hash(b"app token", secret))

    def _find(self, key: bytes) -> Access | None:
        found = self._known.get(key)
        if found is None:
            return None
        if found.expires is not None and found.expires <= clock.now():
            with self._lock:
                self._forget(key)
            return None
        try:
            self._known.move_to_end(key)
        except KeyError:
            return None  # another thread has just forgotten it
        return found

    def load_token(self, db: Snapshot, secret: str) -> Access | None:
        """Look a token up in the database and remember it."""
        drops = self._drops
        found = first(oauth_sql.access, db, self._keyring.look_ups("token", secret))
        return self._remember(_hash(b"token", secret), found, drops)

    def load_session(self, db: Snapshot, secret: str) -> Access | None:
        """Look a session up in the database and remember it."""
        drops = self._drops
        found = first(session_sql.access, db, self._keyring.look_ups("session", secret))
        return self._remember(_hash(b"session", secret), found, drops)

    def load_app_token(self, db: Snapshot, secret: str) -> tuple[Access, app_tokens.Use] | None:
        """Look a token of the installed app up, as ``app_tokens.access`` does; one in ordinary use is remembered."""
        drops = self._drops
        found = app_tokens.access(db, self._keyring, secret)
        if found is not None and found[1] is app_tokens.Use.ORDINARY:
            self._remember(_hash(b"app token", secret), found[0], drops)
        return found

    def _remember(self, key: bytes, found: Access | None, drops: int) -> Access | None:
        if found is None:
            return None
        with self._lock:
            if drops != self._drops:
                return found  # what changed while it was read may have been this: it is read again next time
            self._known[key] = found
            self._of[found.account].add(key)
            while len(self._known) > self._most:
                self._forget(next(iter(self._known)))
        return found

    def _forget(self, key: bytes) -> None:
        found = self._known.pop(key, None)
        if found is not None:
            keys = self._of[found.account]
            keys.discard(key)
            if not keys:
                del self._of[found.account]

    def drop(self, account: AccountId | None) -> None:
        """Forget everything about an account; with ``None``, about apps that act for themselves."""
        with self._lock:
            self._drops += 1
            for key in self._of.pop(account, ()):
                self._known.pop(key, None)

    def apply(self, event: Event) -> None:
        """Forget what a fact makes stale."""
        if isinstance(event, AccountChanged | AccessEnded):
            self.drop(event.account)

    def wants_touch(self, access: Access) -> bool:
        """Tell, at most once an hour for each session or token, that it should be noted as used."""
        number = access.session if access.session is not None else access.token
        if number is None:
            return False
        now = clock.now()
        if now - max(access.seen, self._touched.get(number, 0)) < TOUCH_EVERY:
            return False
        if len(self._touched) > self._most:
            self._touched.clear()
        self._touched[number] = now
        return True


def _hash(kind: bytes, secret: str) -> bytes:
    return blake2b(secret.encode(), digest_size=16, person=kind).digest()
