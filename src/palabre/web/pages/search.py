"""Finding people, hashtags and posts, with filters that are a form; and names while a post is being written."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

import msgspec

from palabre.accounts.model import Account
from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.graph.model import Relationship
from palabre.graph.queries import search_accounts
from palabre.ids import AccountId
from palabre.posts.hashtags import Hashtag, search_hashtags
from palabre.posts.model import PostView
from palabre.search.queries import DEPTH, search_posts
from palabre.store import Snapshot
from palabre.web.page import page, show
from palabre.web.pages.profiles import related

_PEOPLE = 20
_HASHTAGS = 10
_POSTS = 20
_SUGGESTED = 6
_LONGEST = 200
_FILTERS = ("from", "has", "lang", "after", "before", "replies", "library")


class Asked(msgspec.Struct, frozen=True, kw_only=True, rename={"author": "from"}):
    """What is looked for, and the fields of the filters."""

    q: str = ""
    kind: Literal["", "people", "hashtags", "posts"] = ""
    author: str = ""
    has: Literal["", "media", "poll", "link"] = ""
    lang: str = ""
    after: str = ""
    before: str = ""
    library: bool = False
    replies: Literal["", "only", "none"] = ""
    offset: int = 0

    @property
    def filters(self) -> dict[str, str]:
        """Those that are in use, as they stand in an address."""
        found = {"from": self.author, "has": self.has, "lang": self.lang, "after": self.after, "before": self.before}
        found |= {"replies": self.replies, "library": "true" if self.library else ""}
        return {name: value.strip()[:_LONGEST] for name, value in found.items() if value.strip()}

    @property
    def words(self) -> str:
        """The query as it could be typed: the words, then an operator for each filter."""
        parts = [self.q.strip()[:_LONGEST]]
        for name, value in self.filters.items():
            word = value.split()[0]
            match name, word:
                case "library", _:
                    parts.append("in:library")
                case "replies", _:
                    parts.append("is:reply" if word == "only" else "-is:reply")
                case _:
                    parts.append(f"{name}:{word}")
        return " ".join(part for part in parts if part)


class Found(msgspec.Struct, frozen=True):
    """What a page of results shows."""

    accounts: list[Account] = []
    relations: dict[AccountId, Relationship | None] = {}
    hashtags: list[Hashtag] = []
    views: list[PostView] = []


def _found(db: Snapshot, viewer: AccountId | None, asked: Asked) -> Found:
    text, names = asked.q.strip()[:_LONGEST], not asked.filters and not asked.offset
    people: list[Account] = []
    hashtags: list[Hashtag] = []
    views: list[PostView] = []
    if names and asked.kind in {"", "people"} and not text.startswith("#"):
        people = search_accounts(db, viewer, text.lstrip("@"), limit=_PEOPLE if asked.kind else 3)
    if names and asked.kind in {"", "hashtags"} and not text.startswith("@"):
        hashtags = search_hashtags(db, text.lstrip("#"), limit=_HASHTAGS if asked.kind else 3)
    if viewer is not None and asked.kind in {"", "posts"}:
        views = search_posts(db, viewer, asked.words, limit=_POSTS + 1, offset=max(asked.offset, 0))
    if viewer is None and not asked.kind and names:
        people = [] if text.startswith("#") else search_accounts(db, viewer, text.lstrip("@"), limit=_PEOPLE)
        hashtags = [] if text.startswith("@") else search_hashtags(db, text.lstrip("#"), limit=_HASHTAGS)
    return Found(people, related(db, viewer, people), hashtags, views)


@page("GET", "/search")
async def search(request: Request, viewer: Viewer | None, app: Site, query: Asked) -> Answer:
    """Show the people, hashtags and posts that fit what was typed."""
    text, found = query.q.strip()[:_LONGEST], Found()
    if text.strip("@# ") or query.filters:
        found = await app.db.read_slow(_found, viewer.account if viewer else None, query)
    more = None
    if len(found.views) > _POSTS and query.offset + _POSTS < DEPTH:
        at = {"q": text, "kind": "posts", **query.filters, "offset": str(max(query.offset, 0) + _POSTS)}
        more = f"/search?{urlencode(at)}"
    kinds = [
        (kind, f"/search?{urlencode({'q': text, 'kind': kind})}") for kind in ("", "people", "hashtags", "posts")
    ]
    return await show(
        request,
        "search.html",
        text=text,
        kind=query.kind,
        kinds=kinds,
        filters={**dict.fromkeys(_FILTERS, ""), **query.filters},
        filtered=bool(query.filters),
        accounts=found.accounts,
        relations=found.relations,
        hashtags=found.hashtags,
        views=found.views[:_POSTS],
        more=more,
    )


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What stands before the cursor: ``@an`` or ``#oa``."""

    q: str = ""


def _suggested(db: Snapshot, viewer: AccountId, begun: str) -> Found:
    sign, text = begun[:1], begun[1:_LONGEST]
    if not text:
        return Found()
    if sign == "@":
        return Found(accounts=search_accounts(db, viewer, text, limit=_SUGGESTED))
    return Found(hashtags=search_hashtags(db, text, limit=_SUGGESTED) if sign == "#" else [])


@page("GET", "/compose/names")
async def names(request: Request, viewer: Viewer, app: Site, query: Begun) -> Answer:
    """Show the people or hashtags that begin like what is being typed, for the composer's script."""
    found = await app.db.read(_suggested, viewer.account, query.q)
    return await show(request, "parts/names.html", accounts=found.accounts, hashtags=found.hashtags)


ROUTES = (search, names)
