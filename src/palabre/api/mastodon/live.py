"""What apps are told live: each kind of fact, and the event that it becomes."""

from __future__ import annotations

from functools import partial

from palabre.accounts.model import Standing
from palabre.announcements.events import Announced, AnnouncementDeleted, AnnouncementReacted
from palabre.api.mastodon.announcements import announced, reacted, unannounced
from palabre.api.mastodon.conversations import conversation_json
from palabre.api.mastodon.loading import Loading
from palabre.api.mastodon.notifications import notification_json
from palabre.api.mastodon.pieces import ANYBODY, Pieces
from palabre.api.mastodon.tails import tails_for
from palabre.conversations.events import ConversationMoved
from palabre.edge.site import Site
from palabre.events import Event
from palabre.filters.events import FiltersChanged
from palabre.filters.model import Context
from palabre.ids import AccountId, PostId
from palabre.markup.entities import hashtag_key
from palabre.notifications.events import NotificationsMerged, Notified
from palabre.posts.errors import PostNotFound
from palabre.posts.events import PostCreated, PostDeleted, PostEdited, QuoteChanged, tag_mark
from palabre.posts.model import PostView, QuoteState, Visibility
from palabre.posts.queries import Quoted, post_view, quoted_for
from palabre.streaming.hub import Reaction
from palabre.streaming.reactions import Shown, ToEverybody, ToMember, ToReaders, tell_deleted
from palabre.timelines.model import Entry


def _open_quote(view: PostView) -> PostView | None:
    """Return what ``view`` quotes, if nobody but those who block or mute its author may not see it there."""
    quoted = view.shown.quoted
    if quoted is None or quoted.author.standing is not Standing.ACTIVE:
        return None
    return quoted if quoted.post.visibility in {Visibility.PUBLIC, Visibility.UNLISTED} else None


async def _shown(site: Site, author: AccountId, post: PostId) -> Shown | None:
    """Load a post as its author may read it; who else gets it, the timelines say."""
    pieces = site.part(Pieces)
    mark = pieces.mark
    try:
        view = await site.db.read(post_view, author, post)
    except PostNotFound:
        return None  # deleted meanwhile
    if view.author.standing is not Standing.ACTIVE:
        return None
    quoted = _open_quote(view)
    loading = Loading(pieces, mark, shallow=quoted is None)
    loading.add([view])

    def whole(original: int, marks: int | None, quoted_marks: int) -> bytes | None:
        seen = {} if quoted is None else {quoted.post.id: Quoted(QuoteState.ACCEPTED, quoted_marks)}
        reader = None if marks is None else ANYBODY
        return loading.for_reader(seen).one(Entry(post, original, marks or 0), reader=reader)

    async def own(reader: AccountId, original: int, marks: int | None) -> bytes | None:
        line = Entry(post, original, marks or 0)
        authors = {} if quoted is None else {quoted.post.id: quoted.author.id}
        seen = await site.db.read(quoted_for, reader, authors) if authors else {}
        context = Context.PUBLIC if marks is None else Context.HOME
        tails = await tails_for(site, reader, [line], context, loading.quotes)
        return loading.for_reader(seen).one(line, reader=None if marks is None else reader, tails=tails)

    public = view.post.visibility is Visibility.PUBLIC and view.post.repost_of is None and not view.author.limited
    return Shown(
        json=whole,
        own=own,
        quoted=None if quoted is None else (quoted.post.id, quoted.author.id),
        listed=view.post.is_listed and not view.author.limited,
        local=view.author.is_local,
        media=bool(view.media),
        asks=view.poll is not None,
        tags=frozenset(tag_mark(hashtag_key(tag)) for tag in view.post.hashtags) if public else frozenset(),
    )


async def _notification(site: Site, fact: Notified) -> bytes | None:
    return await notification_json(site, fact.account, fact.notification)


async def _conversation(site: Site, fact: ConversationMoved) -> bytes | None:
    return await conversation_json(site, fact.account, fact.conversation)


async def _merged(_fact: NotificationsMerged) -> bytes:
    return b"1"


def reactions(site: Site) -> dict[type[Event], Reaction]:
    """Return the table; a line is all that another event takes."""
    return {
        PostCreated: ToReaders("update", partial(_shown, site), new=True),
        PostDeleted: tell_deleted,
        PostEdited: ToReaders("status.update", partial(_shown, site)),
        QuoteChanged: ToReaders("status.update", partial(_shown, site)),
        FiltersChanged: ToMember("filters_changed", account=lambda fact: fact.account),
        Notified: ToMember(
            "notification",
            account=lambda fact: fact.account,
            payload=partial(_notification, site),
            streams=("user", "user:notification"),
            scope="read:notifications",
        ),
        Announced: ToEverybody("announcement", partial(announced, site)),
        AnnouncementReacted: ToEverybody("announcement.reaction", partial(reacted, site)),
        AnnouncementDeleted: ToEverybody("announcement.delete", partial(unannounced, site)),
        NotificationsMerged: ToMember(
            "notifications_merged",
            account=lambda fact: fact.account,
            payload=_merged,
            streams=("user", "user:notification"),
            scope="read:notifications",
        ),
        ConversationMoved: ToMember(
            "conversation",
            account=lambda fact: fact.account,
            payload=partial(_conversation, site),
            streams=("direct",),
        ),
    }
