"""Finding accounts by name: those one follows first, then those whom many follow."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, case, exists, func, or_, select

from palabre.accounts.model import Account
from palabre.accounts.rows import account_columns, account_of
from palabre.accounts.rules import fold, searched_words, words
from palabre.accounts.tables import account, account_word
from palabre.graph.tables import follow
from palabre.ids import AccountId
from palabre.store import Snapshot, statement

_a = account.c
_w = account_word.c
_f = follow.c
_LAST = "\U0010ffff"
_CANDIDATES = 400
"""How many that match the rarest word are looked at for the others; nobody pages deeper."""

_WORDS_READ = 2_000
"""A single letter would match half the network; whole words come first."""

_followed = (
    exists().where(_f.follower == bindparam("viewer"), _f.followed == _a.id).correlate(account).label("followed")
)
_begins = (
    select(_w.account, case((_w.word == bindparam("word"), 1), else_=0).label("whole"))
    .where(_w.word >= bindparam("word"), _w.word < bindparam("past"))
    .order_by(_w.word)
    .limit(_WORDS_READ)
    .subquery()
)
_matching = select(_begins.c.account, func.max(_begins.c.whole).label("whole")).group_by(_begins.c.account).subquery()
_base = (
    select(*account_columns())
    .join_from(_matching, account, _a.id == _matching.c.account)
    .where(_a.standing == "active", or_(~_a.limited, _a.id == bindparam("viewer"), _followed))
)
_rank = (
    case((and_(_a.username_key == bindparam("whole_query"), _a.domain == ""), 1), else_=0).desc(),
    _followed.desc(),
    _matching.c.whole.desc(),
    _a.followers_count.desc(),
    _a.id.desc(),
)
_SEARCH = statement(_base.order_by(*_rank).limit(bindparam("most")))
_SEARCH_FOLLOWED = statement(
    _base.join(follow, and_(_f.followed == _a.id, _f.follower == bindparam("viewer")))
    .order_by(*_rank)
    .limit(bindparam("most"))
)


def search_accounts(
    db: Snapshot, viewer: AccountId | None, text: str, *, limit: int, offset: int = 0, following_only: bool = False
) -> list[Account]:
    """Return accounts whose user name or display name has words that begin like those of ``text``.

    One statement, on the index of words. The account with exactly this name comes first, then those whom the
    viewer follows, then the most followed. Whom the viewer blocks or mutes is found too: he may want to end it.
    ``name@domain`` searches that domain only.
    """
    name, _, domain = text.strip().lstrip("@").partition("@")
    terms = words(name)
    if not terms or offset >= _CANDIDATES or (following_only and viewer is None):
        return []
    rarest = max(terms, key=len)
    rows = db.all(
        _SEARCH_FOLLOWED if following_only else _SEARCH,
        viewer=-1 if viewer is None else viewer,
        word=rarest,
        past=rarest + _LAST,
        whole_query=fold(name),
        most=(_CANDIDATES if len(terms) > 1 or domain else min(offset + limit, _CANDIDATES)),
    )
    found = [each for each in map(account_of, rows) if _fits(each, terms, domain.lower())]
    return found[offset : offset + limit]


def _fits(each: Account, terms: list[str], domain: str) -> bool:
    if domain and not each.domain.startswith(domain):
        return False
    if len(terms) == 1:
        return True
    have = searched_words(each.username, each.display_name)
    return all(any(word.startswith(term) for word in have) for term in terms)
