"""Who is told what: reactions to the facts of the graph and of posts.

Nobody is told about himself, nor by somebody he blocks, is blocked by or mutes with notifications, nor about a post
that he may not read. What is decided here is looked at again when it is read (``sql.py``). What a member wants to
hear of whom (``rules.py``) decides whether a notification arrives, waits among the requests, or is never written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

import msgspec

from palabre import jobs, journal
from palabre.accounts.events import AccountCreated, AccountDeleted, PasskeyAdded
from palabre.accounts.model import Preferences
from palabre.accounts.queries import staff
from palabre.accounts.roles import PERMISSIONS, STAFF, Permission
from palabre.clock import HOUR
from palabre.events import Event
from palabre.graph.curation import collected_in
from palabre.graph.events import (
    Blocked,
    CollectionReworded,
    Followed,
    FollowRequested,
    FollowRequestEnded,
    PutIntoCollection,
    TakenOutOfCollection,
    Unfollowed,
)
from palabre.graph.queries import followed_among, tellable, watched_among, watchers_of
from palabre.ids import AccountId, PostId
from palabre.moderation.events import AccountWarned, AppealDecided, AppealMade, ReportMade
from palabre.moderation.queries import reports_among
from palabre.notifications import groups_sql, requests_sql, sql
from palabre.notifications.events import Notified
from palabre.notifications.model import ALWAYS, GROUP_HOURS, GROUPED, Kind
from palabre.notifications.rules import Policy, Sender, Treatment, bucket_of, treatment
from palabre.paging import NEWEST
from palabre.posts.errors import PostNotFound
from palabre.posts.events import (
    PollClosed,
    PollReset,
    PostCreated,
    PostDeleted,
    PostEdited,
    PostMarked,
    QuoteChanged,
    ReplyDecided,
    ReplyHeld,
)
from palabre.posts.model import Mark, QuoteState, ReplyState, Visibility
from palabre.posts.muting import anybody_mutes, muting_among, threads_of
from palabre.posts.queries import quoters_of, readable_post, reposters_of, voters_of
from palabre.posts.requests import anything_waits
from palabre.store import Snapshot, Transaction

TELL_WATCHERS = "notifications.tell_watchers"
"""The job that tells the next slice of the followers who want every post, for :func:`tell_watchers`."""
FORGET_POSTS = "notifications.forget_posts"
"""The job that removes what is left about deleted posts, for :func:`forget_posts`."""
FORGET_MEMBER = "notifications.forget_member"
"""The job that removes what is left about a deleted account, for :func:`forget_member`."""

TELL_OF_POST = "notifications.tell_of_post"
"""The job that tells the next slice of those who voted, reposted or quoted, for :func:`tell_of_post`."""

_WATCHED = "notifications.watched"
"""Note of a step: the authors whom somebody watches."""
_STANDINGS = "notifications.standings"
"""Note of a step: those who are told of something in it, and may be."""
_LOOKED_AT = "notifications.looked_at"
"""Note of a step: all who were looked at for that."""
_MUTING = "notifications.muting"
"""Note of a step: whether anybody has muted a conversation."""
_WATCHERS_AT_ONCE = 200
_FORGET_AT_ONCE = 500


Pairs = Collection[tuple[AccountId, AccountId]]
Standings = dict[tuple[AccountId, AccountId], tuple[Policy, Sender]]


class Watched(msgspec.Struct, frozen=True):
    """A post whose author has more watchers than are told at once."""

    post: PostId
    author: AccountId
    after: AccountId
    """Those up to here have been told."""


class Concerned(msgspec.Struct, frozen=True):
    """Something about a post that more members are concerned with than are told at once."""

    kind: Kind
    """``POLL`` for those who voted, ``UPDATE`` for those who reposted, ``QUOTED_UPDATE`` for those who quoted."""
    post: PostId
    author: AccountId
    after: int = 0
    """Up to this vote, repost or quote they have been told."""


def _tell(
    tx: Transaction,
    told: Collection[AccountId],
    kind: Kind,
    actor: AccountId,
    post: PostId | None = None,
    thread: PostId | None = None,
    *,
    private_in: PostId | None = None,
    subject: int = 0,
) -> None:
    """Tell; ``private_in`` is the conversation of a post for the mentioned alone."""
    others = [each for each in dict.fromkeys(told) if each != actor]
    if not others:
        return
    standing = _standings(tx, [(actor, each) for each in others])
    willing = {each for each in others if (actor, each) in standing}
    if willing and thread is not None and tx.notes.get(_MUTING, True):
        willing -= muting_among(tx, thread, willing)
    talking = requests_sql.wrote_in(tx, private_in, willing) if private_in is not None and willing else set()
    for each in others:
        if each not in willing:
            continue
        chosen = Treatment.ACCEPT
        if kind not in ALWAYS:
            policy, sender = standing[actor, each]
            private = private_in is not None and each not in talking
            chosen = treatment(policy, sender, now=tx.now, private=private)
        if chosen is not Treatment.DROP:
            _insert(tx, each, kind, actor, post, filtered=chosen is Treatment.FILTER, subject=subject)


def _standings(tx: Transaction, pairs: Pairs) -> Standings:
    """Return of those of ``(actor, told)`` who may be told what they want to hear of the actor."""
    known: Standings = tx.notes.get(_STANDINGS, {})
    looked: set[tuple[AccountId, AccountId]] = tx.notes.get(_LOOKED_AT, set())
    unknown = {pair for pair in pairs if pair not in looked}
    may = tellable(tx, unknown) if unknown else set()
    return known | requests_sql.standings(tx, may) if may else known


def _insert(
    tx: Transaction,
    told: AccountId,
    kind: Kind,
    actor: AccountId,
    post: PostId | None,
    *,
    filtered: bool = False,
    subject: int = 0,
) -> None:
    bucket = bucket_of(tx.now, groups_sql.latest_bucket(tx, told, kind, post)) if kind in GROUPED else 0
    number = sql.insert_new(tx, told, kind, actor, post, bucket=bucket, filtered=filtered, subject=subject)
    if number is not None and not filtered:
        journal.record(tx, Notified(notification=number, account=told, what=kind.value, actor=actor, post=post))


def _followed(tx: Transaction, fact: Followed) -> None:
    if fact.new:
        _tell(tx, [fact.followed], Kind.FOLLOW, fact.follower)


def _unfollowed(tx: Transaction, fact: Unfollowed) -> None:
    sql.delete_between(tx, fact.followed, Kind.FOLLOW, fact.follower)


def _asked(tx: Transaction, fact: FollowRequested) -> None:
    _tell(tx, [fact.followed], Kind.FOLLOW_REQUEST, fact.follower)


def _answered(tx: Transaction, fact: FollowRequestEnded) -> None:
    """A request that was accepted becomes the follow in its place: who accepted it need not be told of it anew."""
    if fact.accepted:
        sql.delete_between(tx, fact.followed, Kind.FOLLOW, fact.follower)
        sql.become(tx, fact.followed, fact.follower, Kind.FOLLOW_REQUEST, Kind.FOLLOW)
    else:
        sql.delete_between(tx, fact.followed, Kind.FOLLOW_REQUEST, fact.follower)


def _blocked(tx: Transaction, fact: Blocked) -> None:
    sql.delete_from(tx, fact.account, fact.target)
    requests_sql.forbid(tx, fact.account, fact.target)
    pair = (fact.target, fact.account)  # it was looked at before the permission was taken
    tx.notes[_LOOKED_AT].discard(pair)
    tx.notes[_STANDINGS].pop(pair, None)


def _created(tx: Transaction, fact: PostCreated) -> None:
    if fact.repost_of is not None:
        if fact.repost_of_author is not None:
            _tell(tx, [fact.repost_of_author], Kind.REPOST, fact.author, fact.repost_of, _thread(tx, fact.repost_of))
        return
    told = list(fact.mentions)
    if fact.reply_to_author is not None and _reads(tx, fact.reply_to_author, fact):
        told.append(fact.reply_to_author)
    if fact.approved_by is not None:  # who let it appear has read it
        told = [each for each in told if each != fact.approved_by]
    if fact.quote_of_author is not None and _reads(tx, fact.quote_of_author, fact):
        _tell(tx, [fact.quote_of_author], Kind.QUOTE, fact.author, fact.post, fact.thread)
    if fact.quote_asks is not None:
        _tell(tx, [fact.quote_asks], Kind.QUOTE_REQUEST, fact.author, fact.post, fact.thread)
    private = (fact.thread or fact.post) if fact.visibility == Visibility.MENTIONED else None
    _tell(tx, told, Kind.MENTION, fact.author, fact.post, fact.thread, private_in=private)
    to_others = fact.reply_to is not None and fact.reply_to_author != fact.author
    watched: set[AccountId] = tx.notes[_WATCHED]
    if not to_others and fact.visibility != Visibility.MENTIONED and fact.author in watched:
        _tell_slice(tx, Watched(fact.post, fact.author, AccountId(0)), told, fact.thread or fact.post)


def _thread(tx: Transaction, post: PostId) -> PostId | None:
    """Return the conversation of a post, if anybody at all has muted one: else nothing is looked up."""
    if not tx.notes.get(_MUTING, True):
        return None
    return threads_of(tx, [post]).get(post)


def _reads(tx: Transaction, reader: AccountId, fact: PostCreated) -> bool:
    """Tell whether somebody who is not blocked may read a post by its visibility."""
    match fact.visibility:
        case Visibility.PUBLIC | Visibility.UNLISTED:
            return True
        case Visibility.FOLLOWERS:
            return fact.author in followed_among(tx, reader, [fact.author])
        case _:
            return False


def _tell_slice(
    tx: Transaction, watched: Watched, told_already: Collection[AccountId], thread: PostId | None
) -> None:
    watchers = watchers_of(tx, watched.author, after=watched.after, most=_WATCHERS_AT_ONCE)
    told = [each for each in watchers if each not in told_already]
    _tell(tx, told, Kind.POST, watched.author, watched.post, thread)
    if len(watchers) == _WATCHERS_AT_ONCE:
        jobs.enqueue(tx, TELL_WATCHERS, msgspec.structs.replace(watched, after=watchers[-1]))


def tell_watchers(tx: Transaction, watched: Watched) -> bool:
    """Tell the next slice of watchers, and ask for the one after it."""
    try:
        post = readable_post(tx, watched.author, watched.post)
    except PostNotFound:
        return True  # deleted meanwhile
    mentioned = [each.account for each in post.mentions]
    told = [*mentioned, *([post.reply_to_author] if post.reply_to_author else [])]
    _tell_slice(tx, watched, told, post.thread)
    return True


def _deleted(tx: Transaction, fact: PostDeleted) -> None:
    if fact.repost_of is not None:
        sql.delete_about(tx, fact.repost_of, Kind.REPOST, fact.author)
    gone = [fact.post, *fact.reposts]
    if not forget_posts(tx, gone):
        jobs.enqueue(tx, FORGET_POSTS, gone)


def forget_posts(tx: Transaction, gone: Collection[PostId]) -> bool:
    """Remove a slice of what tells of deleted posts; return whether nothing is left."""
    return sql.delete_of_posts(tx, gone, _FORGET_AT_ONCE)


def _marked(tx: Transaction, fact: PostMarked) -> None:
    if fact.added & Mark.LIKED:
        _tell(tx, [fact.author], Kind.LIKE, fact.account, fact.post, _thread(tx, fact.post))
    elif fact.removed & Mark.LIKED:
        sql.delete_about(tx, fact.post, Kind.LIKE, fact.account)


def _edited(tx: Transaction, fact: PostEdited) -> None:
    """Whoever spread the post may want to know what he spreads now; a new version tells anew."""
    private_in = None
    if fact.mentions and fact.visibility == Visibility.MENTIONED:
        try:
            private_in = readable_post(tx, fact.author, fact.post).thread
        except PostNotFound:
            return  # deleted meanwhile
    thread = _thread(tx, fact.post) if fact.mentions else None
    _tell(tx, fact.mentions, Kind.MENTION, fact.author, fact.post, thread, private_in=private_in)
    sql.delete_kind_about(tx, fact.post, Kind.UPDATE)  # so that it is new again
    for kind in (Kind.UPDATE, Kind.QUOTED_UPDATE):
        tell_of_post(tx, Concerned(kind, fact.post, fact.author))


def _poll_closed(tx: Transaction, fact: PollClosed) -> None:
    thread = _thread(tx, fact.post)
    if thread is None or not muting_among(tx, thread, [fact.author]):
        _insert(tx, fact.author, Kind.POLL, fact.author, fact.post)
    tell_of_post(tx, Concerned(Kind.POLL, fact.post, fact.author))


def _poll_reset(tx: Transaction, fact: PollReset) -> None:
    sql.delete_kind_about(tx, fact.post, Kind.POLL)


def _quote_changed(tx: Transaction, fact: QuoteChanged) -> None:
    """What was asked is answered, and whoever asked learns of a yes; nobody is told of a no.

    Whoever withdraws his consent need not be reminded of the quote.
    """
    if fact.state in {QuoteState.ACCEPTED, QuoteState.REJECTED, QuoteState.DELETED}:
        sql.delete_kind_about(tx, fact.post, Kind.QUOTE_REQUEST)
    if fact.state == QuoteState.ACCEPTED and fact.author is not None:
        try:
            quoted = readable_post(tx, fact.author, fact.quoted)
        except PostNotFound:
            return  # deleted meanwhile
        _tell(tx, [fact.author], Kind.QUOTE_ACCEPTED, quoted.author, fact.post)
    if fact.state == QuoteState.REVOKED:
        sql.delete_kind_about(tx, fact.post, Kind.QUOTE)
        sql.delete_kind_about(tx, fact.post, Kind.QUOTE_ACCEPTED)
        sql.delete_kind_about(tx, fact.post, Kind.QUOTED_UPDATE)


def _held(tx: Transaction, fact: ReplyHeld) -> None:
    """Tell the author once that replies wait, and again when some still come half a day later."""
    if fact.state != ReplyState.PENDING or not anything_waits(tx, fact.owner):
        return
    told = sql.newest_of_kind(tx, fact.owner, Kind.REPLY_REQUEST)
    if told is not None and told > tx.now - GROUP_HOURS * HOUR:
        return
    sql.delete_of_kind(tx, fact.owner, Kind.REPLY_REQUEST)
    _tell(tx, [fact.owner], Kind.REPLY_REQUEST, fact.author)


def _decided(tx: Transaction, fact: ReplyDecided) -> None:
    """Tell who wrote a reply that it has appeared; nobody is told that one has not."""
    if not anything_waits(tx, fact.owner):
        sql.delete_of_kind(tx, fact.owner, Kind.REPLY_REQUEST)
    if fact.state == ReplyState.APPROVED:
        _tell(tx, [fact.author], Kind.REPLY_APPROVED, fact.owner, fact.post)


def _helping(tx: Transaction, may: Permission) -> list[tuple[AccountId, Preferences]]:
    return staff(tx, [role for role in STAFF if may in PERMISSIONS[role]])


def _joined(tx: Transaction, fact: AccountCreated) -> None:
    if fact.signed_up:
        for helper, chosen in _helping(tx, Permission.MANAGE_USERS):
            if chosen.told_sign_ups and helper != fact.account:
                _insert(tx, helper, Kind.SIGN_UP, fact.account, None)


def _reported(tx: Transaction, fact: ReportMade) -> None:
    """Tell who may look into it, but not whom it is about, nor who made it."""
    for made in reports_among(tx, [fact.report]):
        concerned = {made.report.target, made.report.reporter}
        for helper, chosen in _helping(tx, Permission.MANAGE_REPORTS):
            if chosen.told_reports and made.reporter is not None and helper not in concerned:
                _insert(tx, helper, Kind.REPORT, made.reporter.id, None, subject=fact.report)


def _warned(tx: Transaction, fact: AccountWarned) -> None:
    """No moderator is named: it is the network that speaks."""
    _insert(tx, fact.account, Kind.WARNING, fact.account, None, subject=fact.act)


def _appealed(tx: Transaction, fact: AppealMade) -> None:
    """Tell who may decide about it."""
    for helper, chosen in _helping(tx, Permission.MANAGE_APPEALS):
        if chosen.told_reports and helper != fact.account:
            _insert(tx, helper, Kind.APPEAL, fact.account, None, subject=fact.act)


def _appeal_decided(tx: Transaction, fact: AppealDecided) -> None:
    """Whoever was told of the appeal need not look at it any more; no moderator is named to the member."""
    sql.delete_subject(tx, fact.act, [Kind.APPEAL])
    _insert(tx, fact.account, Kind.APPEAL_DECIDED, fact.account, None, subject=fact.act)


def _collected(tx: Transaction, fact: PutIntoCollection) -> None:
    _tell(tx, [fact.member], Kind.COLLECTED, fact.account, subject=fact.collection)


def _uncollected(tx: Transaction, fact: TakenOutOfCollection) -> None:
    kinds = (Kind.COLLECTED, Kind.COLLECTION_UPDATE)
    sql.delete_subject(tx, fact.collection, kinds, fact.member or None)


def _reworded(tx: Transaction, fact: CollectionReworded) -> None:
    sql.delete_subject(tx, fact.collection, [Kind.COLLECTION_UPDATE])  # so that it is new again
    told = collected_in(tx, fact.collection)
    _tell(tx, told, Kind.COLLECTION_UPDATE, fact.account, subject=fact.collection)


def _passkey_added(tx: Transaction, fact: PasskeyAdded) -> None:
    """Tell the member himself, each time: whoever added it may not have been he."""
    _insert(tx, fact.account, Kind.PASSKEY, fact.account, None)


class _Finder(Protocol):
    def __call__(self, db: Snapshot, post: PostId, *, after: int, most: int) -> Sequence[tuple[int, AccountId]]: ...


_CONCERNED: dict[Kind, _Finder] = {
    Kind.POLL: voters_of,
    Kind.UPDATE: reposters_of,
    Kind.QUOTED_UPDATE: quoters_of,
}


def tell_of_post(tx: Transaction, concerned: Concerned) -> bool:
    """Tell the next slice of those concerned, and ask for the one after it."""
    found = _CONCERNED[concerned.kind](tx, concerned.post, after=concerned.after, most=_WATCHERS_AT_ONCE)
    if concerned.kind is Kind.QUOTED_UPDATE:
        threads = threads_of(tx, [PostId(post) for post, _ in found]) if tx.notes.get(_MUTING, True) else {}
        for number, author in found:
            post = PostId(number)
            sql.delete_kind_about(tx, post, concerned.kind)
            _tell(tx, [author], concerned.kind, concerned.author, post, threads.get(post))
    elif found:
        told = [account for _, account in found]
        _tell(tx, told, concerned.kind, concerned.author, concerned.post, _thread(tx, concerned.post))
    if len(found) == _WATCHERS_AT_ONCE:
        jobs.enqueue(tx, TELL_OF_POST, msgspec.structs.replace(concerned, after=found[-1][0]))
    return True


def _left(tx: Transaction, fact: AccountDeleted) -> None:
    """Nothing of before is still to come here: the facts are read in their order."""
    if not forget_member(tx, fact.account):
        jobs.enqueue(tx, FORGET_MEMBER, fact.account)


def forget_member(tx: Transaction, gone: AccountId) -> bool:
    """Remove a slice of what told a deleted account, or told others of it; return whether nothing is left."""
    sql.forget_seen(tx, gone)
    told = sql.delete_of_account(tx, gone, NEWEST, _FORGET_AT_ONCE)
    return sql.delete_by_actor(tx, gone, _FORGET_AT_ONCE) and told


def _pairs(fact: Event) -> Iterator[tuple[AccountId, AccountId | None]]:
    """Return of whose doing a fact tells, with each who may be told of it."""
    match fact:
        case Followed(follower=follower, followed=followed) | FollowRequested(follower=follower, followed=followed):
            yield follower, followed
        case PostCreated():
            others = (
                fact.repost_of_author,
                fact.reply_to_author,
                fact.quote_of_author,
                fact.quote_asks,
                *fact.mentions,
            )
            yield from ((fact.author, each) for each in others)
        case PostMarked() if fact.added & Mark.LIKED:
            yield fact.account, fact.author
        case PutIntoCollection():
            yield fact.account, fact.member


def _prepare(tx: Transaction, facts: list[Event]) -> None:
    pairs = {(actor, told) for fact in facts for actor, told in _pairs(fact) if told is not None and told != actor}
    tx.notes[_STANDINGS] = _standings(tx, pairs)
    tx.notes[_LOOKED_AT] = pairs
    tx.notes[_MUTING] = anybody_mutes(tx)
    tx.notes[_WATCHED] = watched_among(tx, {fact.author for fact in facts if isinstance(fact, PostCreated)})


subscriber = journal.Subscriber(
    "notifications",
    {
        Followed: _followed,
        Unfollowed: _unfollowed,
        FollowRequested: _asked,
        FollowRequestEnded: _answered,
        Blocked: _blocked,
        PostCreated: _created,
        PostDeleted: _deleted,
        PostEdited: _edited,
        PostMarked: _marked,
        PollClosed: _poll_closed,
        PollReset: _poll_reset,
        QuoteChanged: _quote_changed,
        ReplyHeld: _held,
        ReplyDecided: _decided,
        AccountCreated: _joined,
        ReportMade: _reported,
        AccountWarned: _warned,
        AppealMade: _appealed,
        AppealDecided: _appeal_decided,
        PutIntoCollection: _collected,
        TakenOutOfCollection: _uncollected,
        CollectionReworded: _reworded,
        PasskeyAdded: _passkey_added,
        AccountDeleted: _left,
    },
    prepare=_prepare,
)
