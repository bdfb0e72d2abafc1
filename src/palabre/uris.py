"""Where things are: every address that the network gives out is made here."""

from __future__ import annotations

from urllib.parse import quote

from palabre.ids import IdCodec, Kind


class Uris:
    """Addresses on one origin."""

    __slots__ = ("_ids", "origin")

    def __init__(self, origin: str, ids: IdCodec) -> None:
        """``origin`` has no slash at its end."""
        self.origin = origin
        self._ids = ids

    def account(self, acct: str) -> str:
        """Page of an account, by ``name`` or ``name@domain``."""
        return f"{self.origin}/@{acct}"

    def actor(self, account: int) -> str:
        """ActivityPub id of a local account; does not change when the name does."""
        return f"{self.origin}/ap/accounts/{self._ids.encode(Kind.ACCOUNT, account)}"

    def post(self, acct: str, post: int) -> str:
        """Page of a post."""
        return f"{self.origin}/@{acct}/{self._ids.encode(Kind.POST, post)}"

    def note(self, post: int) -> str:
        """ActivityPub id of a local post."""
        return f"{self.origin}/ap/posts/{self._ids.encode(Kind.POST, post)}"

    def quote_authorization(self, grant: int) -> str:
        """ActivityPub id of a local author's consent to a quote (FEP-044f)."""
        return f"{self.origin}/ap/quotes/{self._ids.encode(Kind.QUOTE, grant)}"

    def hashtag(self, tag: str) -> str:
        """Page of a hashtag, without its ``#``."""
        return f"{self.origin}/tags/{quote(tag)}"

    def collection(self, number: int) -> str:
        """Page of a collection of accounts."""
        return f"{self.origin}/collections/{self._ids.encode(Kind.COLLECTION, number)}"

    def media(self, file: str) -> str:
        """A file of the media store."""
        return f"{self.origin}/media/{file}"

    def avatar(self, file: str | None) -> str:
        """An avatar, or the default one."""
        return self.media(file) if file else f"{self.origin}/static/avatar.png"

    def header(self, file: str | None) -> str:
        """A header picture, or the default one."""
        return self.media(file) if file else f"{self.origin}/static/header.png"
