"""Where things are on this site: the paths that pages link to, the same on every origin of the network."""

from __future__ import annotations

from urllib.parse import quote

from palabre.accounts.model import Account
from palabre.ids import IdCodec, Kind
from palabre.media.model import Attachment, Unfinished
from palabre.posts.model import Post, PostView
from palabre.uris import Uris


class Addresses:
    """Paths without the origin."""

    def __init__(self, uris: Uris, ids: IdCodec) -> None:
        """Take the network's addresses, and cut their origin off."""
        self.origin = uris.origin
        self._uris = uris
        self._ids = ids

    def _local(self, url: str) -> str:
        return url.removeprefix(self.origin)

    def account(self, account: Account) -> str:
        """Page of an account."""
        return f"/@{account.acct}"

    def post(self, view: PostView) -> str:
        """Page of a post, or of what a repost repeats."""
        shown = view.shown
        return f"/@{shown.author.acct}/{self._ids.encode(Kind.POST, shown.post.id)}"

    def parent(self, post: Post) -> str:
        """Address that leads to the post that ``post`` answers, whoever wrote it."""
        return f"/posts/{self._ids.encode(Kind.POST, post.reply_to or post.id)}"

    def hashtag(self, name: str) -> str:
        """Page of a hashtag."""
        return f"/tags/{quote(name)}"

    def ref(self, view: PostView) -> str:
        """Public id of the post itself, of a repost if it is one."""
        return self._ids.encode(Kind.POST, view.post.id)

    def shown_ref(self, view: PostView) -> str:
        """Public id of what is read."""
        return self._ids.encode(Kind.POST, view.shown.post.id)

    def account_ref(self, account: Account) -> str:
        """Public id of an account."""
        return self._ids.encode(Kind.ACCOUNT, account.id)

    def media_ref(self, attachment: Attachment | Unfinished) -> str:
        """Public id of a picture."""
        return self._ids.encode(Kind.MEDIA, attachment.id)

    def encode(self, kind: str, number: int) -> str:
        """Public id of anything else."""
        return self._ids.encode(Kind(kind), number)

    def avatar(self, account: Account) -> str:
        """Picture of an account."""
        return self._local(self._uris.avatar(account.avatar))

    def header(self, account: Account) -> str:
        """Wide picture of an account."""
        return self._local(self._uris.header(account.header))

    def file(self, name: str) -> str:
        """A file of the media store."""
        return self._local(self._uris.media(name))

    def absolute(self, path: str) -> str:
        """``path`` with the origin before it, for other sites."""
        return path if path.startswith(("http://", "https://")) else self.origin + path
