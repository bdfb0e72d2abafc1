"""What a composer shows: a post being written, with what was wrong about it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from palabre.accounts.model import Preferences
from palabre.accounts.queries import login_of
from palabre.edge.request import Request
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, nonce
from palabre.media.model import Attachment, Unfinished
from palabre.posts.model import PollDraft, PostView, QuotePolicy, ReplyPolicy, Visibility
from palabre.posts.rules import visibility_of_quote
from palabre.store import Snapshot
from palabre.web.callers import site_of
from palabre.web.forms import Told
from palabre.web.lengths import POLL_LENGTHS
from palabre.web.page import language_of

_ORDER = list(Visibility)

NO_POLL = PollDraft(choices=(), seconds=86_400)


def offered(poll: PollDraft) -> PollDraft:
    """Return a poll with the one of the lengths that forms offer that is nearest to its own."""
    nearest = min((seconds for seconds, _ in POLL_LENGTHS), key=lambda each: abs(each - poll.seconds))
    return msgspec.structs.replace(poll, seconds=nearest)


class Writable(msgspec.Struct, frozen=True, kw_only=True):
    """A post being written."""

    key: str
    """Under which the browser keeps what is typed."""

    next: str
    """The page after it is published."""

    idempotency: str
    """The same post sent twice is published once."""

    text: str = ""
    warning: str = ""
    visibility: str = Visibility.PUBLIC.value
    language: str = ""
    media: tuple[Attachment | Unfinished, ...] = ()
    reply_to: PostView | None = None
    quote: PostView | None = None
    quote_policy: str = QuotePolicy.ALL.value
    reply_policy: str = ReplyPolicy.ALL.value
    answers: bool = False
    """Of a post that is edited: whether it is a reply, which has no policy of its own."""
    poll: PollDraft = NO_POLL
    action: str = "/compose"
    """Where the form is sent."""
    kept: str = ""
    """Public id of the draft on the server that it comes from."""
    at: str = ""
    """When it is to be published, as a form writes it."""
    edits: bool = False
    """Whether it is out already."""
    shared: str = ""
    """Under which the installed app keeps the files that another app shared."""
    errors: Mapping[str, object] = Told()


def _preferences(db: Snapshot, viewer: AccountId) -> Preferences:
    login = login_of(db, viewer)
    return login.preferences if login else Preferences()


async def blank(
    request: Request,
    viewer: Viewer,
    *,
    next_page: str,
    reply_to: PostView | None = None,
    quote: PostView | None = None,
    text: str = "",
) -> Writable:
    """Return a new draft with what the member usually chooses; a reply begins with the names of those addressed."""
    preferences = await site_of(request).db.read(_preferences, viewer.account)
    visibility = preferences.visibility
    key = "post"
    language = preferences.post_language or language_of(request, viewer, preferences.language)
    if quote is not None:
        key = f"quote-{quote.shown.post.id}"
        visibility = visibility_of_quote(Visibility(visibility), quote.shown.post).value
    if reply_to is not None:
        parent = reply_to.shown
        key = f"reply-{parent.post.id}"
        visibility = max(visibility, parent.post.visibility.value, key=lambda each: _ORDER.index(Visibility(each)))
        names = [] if parent.author.id == viewer.account else [parent.author.acct]
        names += [
            each.acct for each in parent.post.mentions if each.account not in {viewer.account, parent.author.id}
        ]
        text = "".join(f"@{name} " for name in names)
    return Writable(
        key=key,
        next=next_page,
        idempotency=nonce(12).hex(),
        text=text,
        visibility=visibility,
        language=language,
        reply_to=reply_to,
        quote=quote,
        quote_policy=preferences.quote_policy,
        reply_policy=preferences.reply_policy,
    )


def usual_policies(db: Snapshot, viewer: AccountId) -> tuple[QuotePolicy, ReplyPolicy]:
    """Return who may quote and who may reply to what a member writes where the form does not ask."""
    usual = _preferences(db, viewer)
    return QuotePolicy(usual.quote_policy), ReplyPolicy(usual.reply_policy)
