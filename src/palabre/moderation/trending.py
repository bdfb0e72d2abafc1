"""Which posts and pages may trend: decided by those who run the network, under the operator's policy.

Whether something may trend is decided in one place, :func:`palabre.moderation.trends_review.may_trend`. What was
decided about a page goes before what was decided about its publisher.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import blake2b

from sqlalchemy import bindparam, exists, or_, select

from palabre.cards.model import Card
from palabre.cards.queries import cards_among
from palabre.cards.tables import link_card
from palabre.clock import DAY
from palabre.ids import AccountId, PostId, first_id
from palabre.moderation.acts import note
from palabre.moderation.errors import LinkNotFound, PublisherNotFound
from palabre.moderation.model import Act, Publisher
from palabre.moderation.tables import link_review, post_review, publisher_review
from palabre.posts.errors import PostNotFound
from palabre.posts.model import PostView, Visibility
from palabre.posts.queries import post_view
from palabre.posts.tables import post
from palabre.store import Snapshot, Transaction, among, delete, statement, upsert

_KEPT = 7 * DAY
"""So long what was decided about a post is kept; a post trends for three days."""

_p, _l, _h = post_review.c, link_review.c, publisher_review.c
_POSTS = statement(select(_p.post, _p.trendable).where(among(_p.post, "ids")))
_LINKS = statement(select(_l.card, _l.trendable).where(among(_l.card, "ids")))
_PUBLISHERS = statement(select(_h.id, _h.domain, _h.trendable, _h.decided).where(among(_h.id, "ids")))
_DECIDE_POST = upsert(post_review, key=["post"], change=["trendable", "decided"])
_DECIDE_LINK = upsert(link_review, key=["card"], change=["trendable", "decided"])
_DECIDE_PUBLISHER = upsert(publisher_review, key=["id"], change=["trendable", "decided"])
_FORGET_POSTS = delete(post_review, or_(_p.post < bindparam("oldest"), ~exists().where(post.c.id == _p.post)))
_FORGET_LINKS = delete(link_review, ~exists().where(link_card.c.id == _l.card))


def publisher_number(domain: str) -> int:
    """Return the number of a publisher: made of its domain, so that it has one before anything is decided."""
    return int.from_bytes(blake2b(domain.encode(), digest_size=7).digest())


def decided_posts(db: Snapshot, posts: Collection[PostId]) -> dict[PostId, bool]:
    """Return which of these posts may trend and which may not; undecided ones are left out. One statement."""
    return {PostId(number): bool(on) for number, on in db.all(_POSTS, ids=list(posts))} if posts else {}


def decided_links(db: Snapshot, cards: Collection[Card]) -> dict[int, bool]:
    """Return which of these pages may trend and which may not, by the id of the card. Two statements.

    Undecided ones, of undecided publishers, are left out.
    """
    if not cards:
        return {}
    publishers = {each.domain: each.trendable for each in publishers_of(db, cards)}
    found = {each.id: by for each in cards if (by := publishers[each.publisher]) is not None}
    return found | decided_pages(db, cards)


def decided_pages(db: Snapshot, cards: Collection[Card]) -> dict[int, bool]:
    """Return what was decided about these pages themselves. One statement."""
    return {number: bool(on) for number, on in db.all(_LINKS, ids=[each.id for each in cards])} if cards else {}


def publishers_of(db: Snapshot, cards: Iterable[Card]) -> list[Publisher]:
    """Return the publishers of these pages, each once, in the same order. One statement."""
    numbers = {publisher_number(each.publisher): each.publisher for each in cards}
    if not numbers:
        return []
    decided = {
        row[0]: Publisher(row[0], row[1], bool(row[2]), row[3]) for row in db.all(_PUBLISHERS, ids=list(numbers))
    }
    return [decided.get(number) or Publisher(number, domain) for number, domain in numbers.items()]


def decide_post(tx: Transaction, admin: AccountId, number: PostId, *, trendable: bool, ref: str) -> PostView:
    """Let a post trend, or never; return it. ``ref``: how the record of that names it.

    Raises:
        PostNotFound: there is none, or not everybody may read it.

    """
    view = post_view(tx, None, number)
    if view.post.visibility is not Visibility.PUBLIC or view.original is not None:
        raise PostNotFound
    tx.run(_DECIDE_POST, post=number, trendable=trendable, decided=tx.now)
    act = Act.APPROVE_POST_TREND if trendable else Act.REFUSE_POST_TREND
    note(tx, admin, act, target=view.author.id, subject=ref)
    return view


def decide_link(tx: Transaction, admin: AccountId, number: int, *, trendable: bool) -> Card:
    """Let a page trend, or never, whatever is decided about its publisher; return its card.

    Raises:
        LinkNotFound: no post shows such a card.

    """
    found = cards_among(tx, [number]).get(number)
    if found is None:
        raise LinkNotFound
    tx.run(_DECIDE_LINK, card=found.id, trendable=trendable, decided=tx.now)
    note(tx, admin, Act.APPROVE_TREND if trendable else Act.REFUSE_TREND, subject=found.url)
    return found


def decide_publisher(
    tx: Transaction, admin: AccountId, number: int, among_these: Iterable[Card], *, trendable: bool
) -> Publisher:
    """Let the pages of a publisher trend, or none but those approved by themselves; return it.

    Raises:
        PublisherNotFound: it published none of ``among_these``, and nothing was decided about it before.

    """
    known = {publisher_number(each.publisher): each.publisher for each in among_these}
    domain = known.get(number)
    if domain is None:
        rows = tx.all(_PUBLISHERS, ids=[number])
        if not rows:
            raise PublisherNotFound
        domain = str(rows[0][1])
    tx.run(_DECIDE_PUBLISHER, id=number, domain=domain, trendable=trendable, decided=tx.now)
    note(tx, admin, Act.APPROVE_TREND if trendable else Act.REFUSE_TREND, subject=domain)
    return Publisher(number, domain, trendable, tx.now)


def forget_reviews(tx: Transaction) -> None:
    """Forget what was decided about posts that are gone or can trend no more, and about pages that nobody links."""
    tx.run(_FORGET_POSTS, oldest=first_id(tx.now - _KEPT))
    tx.run(_FORGET_LINKS)
