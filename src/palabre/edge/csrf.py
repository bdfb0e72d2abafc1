"""Forms that only our own pages can send: where the request comes from, and a token bound to the session."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Collection, Iterable
from hashlib import blake2b

from palabre.edge.request import Request
from palabre.errors import Forbidden
from palabre.ids import nonce

_NONCE = 16
_MAC = 16


class CrossSite(Forbidden):
    """Another site sent a form to us in the member's name."""

    code = "form.cross_site"
    message = "This form was sent from another site."


class StaleForm(Forbidden):
    """The form's token is missing or belongs to another session."""

    code = "form.stale"
    message = "This page is too old. Please load it again and repeat what you did."


class Csrf:
    """Makes and checks the tokens of forms."""

    __slots__ = ("_key", "_old", "_origins")

    def __init__(self, key: bytes, origins: Collection[str], *, old: Iterable[bytes] = ()) -> None:
        """``origins`` are ours, as browsers write them, and looked at each time; ``old`` keys only check."""
        self._key = key
        self._old = tuple(old)
        self._origins = origins

    def token(self, session: str) -> str:
        """Make a token for ``session``, different each time: a compressed page gives no constant secret away."""
        salt = nonce(_NONCE)
        return base64.urlsafe_b64encode(salt + self._mac(salt, session, self._key)).decode().rstrip("=")

    def check(self, request: Request, session: str, token: str | None) -> None:
        """Let a form pass that our own page sent in this session.

        Raises:
            CrossSite: the browser says that it comes from elsewhere.
            StaleForm: the token is not of this session.

        """
        self.check_origin(request)
        self.check_token(session, token)

    def check_token(self, session: str, token: str | None) -> None:
        """Let a form pass whose token is of this session, wherever it comes from.

        Raises:
            StaleForm: it is not.

        """
        raw = b""
        if session and token and len(token) <= 64:
            try:
                raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            except (binascii.Error, ValueError):
                raw = b""
        salt, mac = raw[:_NONCE], raw[_NONCE:]
        if len(salt) != _NONCE or not any(
            hmac.compare_digest(mac, self._mac(salt, session, key)) for key in (self._key, *self._old)
        ):
            raise StaleForm

    def check_origin(self, request: Request) -> None:
        """Refuse what the browser says another site sent. Old browsers say nothing: the token decides.

        Raises:
            CrossSite: ``Sec-Fetch-Site`` or ``Origin`` name another site.

        """
        site = request.header(b"sec-fetch-site")
        if site is not None and site not in {"same-origin", "none"}:
            raise CrossSite
        origin = request.header(b"origin")
        if origin is not None and origin not in self._origins:
            raise CrossSite

    @staticmethod
    def _mac(salt: bytes, session: str, key: bytes) -> bytes:
        return blake2b(salt + session.encode(), digest_size=_MAC, key=key, person=b"palabre form").digest()
