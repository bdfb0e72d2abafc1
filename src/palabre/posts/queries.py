"""Reading posts: always for a viewer. The only doors to a post; hidden and absent look the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from palabre.accounts.model import Account, Standing
from palabre.accounts.queries import accounts as accounts_among
from palabre.cards.model import Card
from palabre.cards.queries import cards_among
from palabre.graph.queries import hidden_among
from palabre.ids import AccountId, PostId
from palabre.media.queries import attachments_of
from palabre.paging import Slice, Window
from palabre.posts import poll_sql, rules, sql, version_sql
from palabre.posts.errors import PollNotFound, PostNotFound
from palabre.posts.lines import ReplyOrder, branches, ordered_branch, readable_lines, thread_edges, unbroken
from palabre.posts.model import (
    Choice,
    Entry,
    Mark,
    Part,
    Poll,
    Post,
    PostView,
    QuoteState,
    ThreadView,
    Visibility,
)
from palabre.store import Snapshot


def _readable(found: sql.Found, viewer: AccountId | None) -> bool:
    if found.standing != Standing.ACTIVE and found.view.post.author != viewer:
        return False
    return rules.may_read(found.view.post, viewer, follows_author=found.follows_author, blocked=found.blocked)


def published_under(db: Snapshot, author: AccountId, key: bytes) -> PostId | None:
    """Return what ``author`` published under an idempotency key, while that is remembered. One statement."""
    return sql.post_of_key(db, author, key)


def readable_post(db: Snapshot, viewer: AccountId | None, post: PostId) -> Post:
    """Return a post that ``viewer`` may read. One statement.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.

    """
    found = sql.find(db, viewer, [post]).get(post)
    if found is None or not _readable(found, viewer):
        raise PostNotFound
    return found.view.post


class Quoted(NamedTuple):
    """A post where it is quoted: how the quote stands for the viewer, and what he did with it."""

    state: QuoteState
    marks: int


def post_views(db: Snapshot, viewer: AccountId | None, ids: Sequence[PostId]) -> list[PostView]:
    """Load the posts among ``ids`` that ``viewer`` may read, in that order.

    At most three statements for plain posts, whatever ``len(ids)``: posts, originals of reposts, media. Polls cost
    one more where there are any; quotes two: the quoted posts, and whom the viewer hides.
    """
    found = _find(db, viewer, ids)
    wanted = {each.view.post.repost_of for each in found.values() if each.view.post.repost_of is not None}
    originals = found | _find(db, viewer, [id_ for id_ in wanted if id_ not in found])
    whole = _with_quotes(db, viewer, originals)
    views = []
    for id_ in ids:
        if id_ not in found:
            continue
        view = whole[id_]
        repost_of = view.post.repost_of
        if repost_of is None:
            views.append(view)
        elif repost_of in whole:
            original = whole[PostId(repost_of)]
            views.append(msgspec.structs.replace(view, original=original, marks=original.marks))
    return views


def _find(db: Snapshot, viewer: AccountId | None, ids: Collection[PostId]) -> dict[PostId, sql.Found]:
    return {id_: each for id_, each in sql.find(db, viewer, ids).items() if _readable(each, viewer)}


def _with_quotes(db: Snapshot, viewer: AccountId | None, found: dict[PostId, sql.Found]) -> dict[PostId, PostView]:
    """Add to posts what they quote, and to both what is in tables of its own."""
    quotes = {
        PostId(each.view.post.quote_of)
        for each in found.values()
        if each.view.post.quote_of is not None and each.view.post.quote_state is QuoteState.ACCEPTED
    }
    if not quotes:
        return _completed(db, found)
    more = sql.find(db, viewer, [id_ for id_ in quotes if id_ not in found])
    known = found | {id_: each for id_, each in more.items() if _readable(each, viewer)}
    authors = {id_: each.view.post.author for id_, each in (found | more).items()}
    complete = _completed(db, known)
    standing = _standing(db, viewer, {id_: authors[id_] for id_ in quotes if id_ in known})
    whole = {}
    for id_ in found:
        view = whole[id_] = complete[id_]
        if view.post.quote_of is None:
            continue
        of = PostId(view.post.quote_of)
        state = view.post.quote_state or QuoteState.PENDING
        if state is QuoteState.ACCEPTED:
            state = standing.get(of, QuoteState.UNAUTHORIZED if of in authors else QuoteState.DELETED)
        quoted = complete[of] if state is QuoteState.ACCEPTED else None
        whole[id_] = msgspec.structs.replace(view, quoted=quoted, quote_shows=state, quote_author=authors.get(of))
    return whole


def _completed(db: Snapshot, found: dict[PostId, sql.Found]) -> dict[PostId, PostView]:
    """Add to posts what is in tables of its own: pictures, polls and cards."""
    with_media = [id_ for id_, each in found.items() if each.media_count]
    with_poll = [id_ for id_, each in found.items() if each.view.post.parts & Part.POLL]
    media = attachments_of(db, with_media) if with_media else {}
    polls = poll_sql.polls_of(db, with_poll) if with_poll else {}
    cards = cards_among(db, {each.view.post.card for each in found.values() if each.view.post.card is not None})
    views = {
        id_: each.view
        if each.view.post.quote_state is None
        else msgspec.structs.replace(each.view, quote_shows=each.view.post.quote_state)
        for id_, each in found.items()
    }
    if cards:
        writers = _writers(db, cards.values())
        for id_, view in views.items():
            if (number := view.post.card) in cards:
                views[id_] = msgspec.structs.replace(view, card=cards[number], card_author=writers.get(number))
    for id_ in (*media, *polls):
        views[id_] = msgspec.structs.replace(views[id_], media=tuple(media.get(id_, ())), poll=polls.get(id_))
    return views


def _writers(db: Snapshot, cards: Iterable[Card]) -> dict[int, Account]:
    """Return who has written linked pages, by card: a page names its author, whose profile names the site.

    No statement if no page names anybody.
    """
    named = {card.id: card.creator for card in cards if card.creator is not None}
    people = accounts_among(db, set(named.values())) if named else {}
    hosts = {card.id: urlsplit(card.url).hostname or "" for card in cards if card.id in named}
    return {
        number: people[creator]
        for number, creator in named.items()
        if creator in people
        and people[creator].standing is Standing.ACTIVE
        and people[creator].wrote_on(hosts[number])
    }


def _standing(db: Snapshot, viewer: AccountId | None, quoted: Mapping[PostId, AccountId]) -> dict[PostId, QuoteState]:
    """Say how quotes of readable posts stand for the viewer, who may hide their authors."""
    if not quoted:
        return {}
    if viewer is None:
        return dict.fromkeys(quoted, QuoteState.ACCEPTED)
    hidden = hidden_among(db, viewer, set(quoted.values()))
    return {
        post: QuoteState.BLOCKED
        if author in hidden.blocking
        else QuoteState.MUTED
        if author in hidden.muting
        else QuoteState.ACCEPTED
        for post, author in quoted.items()
    }


def quoted_for(db: Snapshot, viewer: AccountId | None, quoted: Mapping[PostId, AccountId]) -> dict[PostId, Quoted]:
    """Say of posts (with their authors) how they are seen where they are quoted. At most two statements."""
    lines: dict[PostId, Entry] = readable_lines(db, viewer, list(quoted)) if quoted else {}
    standing = _standing(db, viewer, {post: author for post, author in quoted.items() if post in lines})
    return {
        post: Quoted(standing.get(post, QuoteState.UNAUTHORIZED), lines[post].marks if post in lines else 0)
        for post in quoted
    }


def quoted_view(db: Snapshot, viewer: AccountId | None, post: PostId) -> PostView | None:
    """Load a post as it is shown in a quote of it."""
    views = post_views(db, viewer, [post])
    return msgspec.structs.replace(views[0], quoted=None) if views else None


def views_for_owner(db: Snapshot, owner: AccountId, replies: Collection[PostId]) -> dict[PostId, PostView]:
    """Load replies for whoever decides about them, who may not read them otherwise.

    Of active writers only, and of none who blocks him or whom he blocks. What is not out he reads whatever visibility
    it is to have, since he decides about it; once it is out, only as anybody else to whom its writer shows it or not.
    """
    return _completed(db, _for_owner(db, owner, replies))


def _for_owner(db: Snapshot, owner: AccountId, replies: Collection[PostId]) -> dict[PostId, sql.Found]:
    found = {
        post: each
        for post, each in sql.find(db, owner, replies).items()
        if each.standing == Standing.ACTIVE
        and not each.blocked
        and (each.view.post.visibility is Visibility.WAITING or _readable(each, owner))
    }
    if not found:
        return {}
    blocking = hidden_among(db, owner, {each.view.post.author for each in found.values()}).blocking
    return {post: each for post, each in found.items() if each.view.post.author not in blocking}


def shown_to_owner(db: Snapshot, owner: AccountId, replies: Collection[PostId]) -> set[PostId]:
    """Return which of ``replies`` :func:`views_for_owner` would load. Two statements."""
    return set(_for_owner(db, owner, replies))


def post_view(db: Snapshot, viewer: AccountId | None, post: PostId) -> PostView:
    """Load one post. At most three statements.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.

    """
    views = post_views(db, viewer, [post])
    if not views:
        raise PostNotFound
    return views[0]


def thread_view(
    db: Snapshot, viewer: AccountId | None, post: PostId, *, order: ReplyOrder = ReplyOrder.TIME
) -> ThreadView:
    """Load a post with what it replies to and the replies to it, each branch together, in ``order`` on each level.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.

    """
    focus = post_view(db, viewer, post)
    if focus.original is not None:
        focus = focus.original
    of = focus.post
    above, below = branches(thread_edges(db, of.thread), of.id, of.reply_to, viewer)
    if order is not ReplyOrder.TIME:
        below = ordered_branch(db, viewer, of.id, of.thread, order)
    views = {view.post.id: view for view in post_views(db, viewer, [*above, *below])}
    return ThreadView(
        ancestors=[views[each] for each in unbroken(above, views)],
        post=focus,
        descendants=[views[each] for each in below if each in views],
    )


def marks_of(db: Snapshot, viewer: AccountId, posts: Collection[PostId]) -> dict[PostId, Mark]:
    """Return what ``viewer`` did with each of ``posts``; posts without a mark are left out."""
    return sql.marks_among(db, viewer, posts)


def marks_by(db: Snapshot, post: PostId, accounts: Collection[AccountId]) -> dict[AccountId, int]:
    """Return what each of ``accounts`` did with a post; those who did nothing are left out. One statement."""
    return sql.marks_by(db, post, accounts) if accounts else {}


def all_marks_of(db: Snapshot, viewer: AccountId, *, most: int) -> dict[int, int]:
    """Return what ``viewer`` did with every post he ever marked, or of ``most`` of them. One statement."""
    return sql.all_marks(db, viewer, most=most)


def liked_by(db: Snapshot, viewer: AccountId | None, post: PostId, window: Window) -> Slice[Account]:
    """Return who likes a post, newest like first. Three statements."""
    readable_post(db, viewer, post)
    rows = sql.likers(db, post, upper=window.upper, lower=window.lower, most=window.limit)
    return _people(db, rows)


def reposted_by(db: Snapshot, viewer: AccountId | None, post: PostId, window: Window) -> Slice[Account]:
    """Return who reposted a post, newest repost first. Three statements."""
    readable_post(db, viewer, post)
    rows = sql.reposters(db, post, upper=window.upper, lower=window.lower, most=window.limit)
    return _people(db, rows)


def _people(db: Snapshot, rows: Sequence[tuple[int, AccountId]]) -> Slice[Account]:
    if not rows:
        return Slice([], None, None)
    people = accounts_among(db, {account for _, account in rows})
    shown = [people[account] for _, account in rows if account in people]
    active = [each for each in shown if each.standing is Standing.ACTIVE]
    return Slice(active, rows[0][0], rows[-1][0], len(rows))


def quotes_page(db: Snapshot, viewer: AccountId, post: PostId, window: Window) -> Slice[PostView]:
    """Return the posts that quote ``post`` and that the viewer may read, newest first.

    Raises:
        PostNotFound: there is no such post, or the viewer may not read it.

    """
    readable_post(db, viewer, post)
    rows = version_sql.QUOTES.rows(db, window, quoted=post)
    if not rows:
        return Slice([], None, None)
    found = post_views(db, viewer, [PostId(row[0]) for row in rows])
    hidden = hidden_among(db, viewer, {view.author.id for view in found})
    shown = [view for view in found if not hidden.hides(view.author.id)]
    return Slice(shown, rows[0][0], rows[-1][0], len(rows))


def pinned_views(db: Snapshot, viewer: AccountId | None, author: AccountId) -> list[PostView]:
    """Return what stands on top of a profile, the last pinned first, as far as the viewer may read it."""
    posts = version_sql.pinned(db, author, most=rules.PINS)
    return post_views(db, viewer, posts) if posts else []


def poll_view(db: Snapshot, viewer: AccountId | None, post: PostId) -> PostView:
    """Load a post with its poll.

    Raises:
        PollNotFound: there is none, or the viewer may not read it.

    """
    views = post_views(db, viewer, [post])
    if not views or views[0].poll is None:
        raise PollNotFound
    return views[0]


def versions_of(db: Snapshot, viewer: AccountId | None, post: PostId) -> list[PostView]:
    """Load what a post says and said, oldest first; ``created`` is when each wording began, and so is ``edited``.

    Pictures that were taken away are gone from former wordings too.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.

    """
    view = post_view(db, viewer, post).shown
    pictures = {int(each.id): each for each in view.media}
    former = [
        msgspec.structs.replace(
            view,
            post=msgspec.structs.replace(
                view.post,
                text=each.text,
                entities=each.entities,
                mentions=each.mentions,
                warning=each.warning,
                sensitive=each.sensitive or view.author.sensitized,
                created=each.created,
                edited=each.created,
            ),
            media=tuple(
                msgspec.structs.replace(pictures[shown.id], description=shown.description)
                for shown in each.media
                if shown.id in pictures
            ),
            poll=_former_poll(view.post, each.choices),
        )
        for each in version_sql.versions(db, view.post.id)
    ]
    began = view.post.edited or view.post.created
    return [*former, msgspec.structs.replace(view, post=msgspec.structs.replace(view.post, created=began))]


def _former_poll(post: Post, choices: Sequence[str]) -> Poll | None:
    if not choices:
        return None
    return Poll(
        post=post.id,
        choices=tuple(Choice(title) for title in choices),
        multiple=False,
        hide_totals=False,
        expires=post.created,
        expired=True,
    )


def voters_of(db: Snapshot, post: PostId, *, after: int, most: int) -> list[tuple[int, AccountId]]:
    """Return who voted in a poll: ``(id of the vote, voter)``, the earliest first."""
    return poll_sql.voters(db, post, after=after, most=most)


def reposters_of(db: Snapshot, post: PostId, *, after: int, most: int) -> list[tuple[PostId, AccountId]]:
    """Return who reposted a post: ``(repost, author)``, the earliest first."""
    return version_sql.reposters_after(db, post, after=after, most=most)


def quoters_of(db: Snapshot, post: PostId, *, after: int, most: int) -> list[tuple[PostId, AccountId]]:
    """Return who quotes a post: ``(quoting post, author)``, the earliest first."""
    return version_sql.quoters(db, post, after=after, most=most)
