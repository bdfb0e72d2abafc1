"""What is about a member alone: profile, preferences, lists, filters, hashtags, drafts. Part of a transaction.

What the member has chosen here is never replaced: an archive fills what is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from palabre.accounts.actions import ProfileChange, update_preferences, update_profile
from palabre.accounts.model import Field, Preferences, Shows, Voucher
from palabre.accounts.queries import account as account_of
from palabre.accounts.queries import login_of
from palabre.accounts.rules import OWN_BADGES
from palabre.clock import Instant
from palabre.filters import actions as filters
from palabre.filters.model import Act, KeywordChange
from palabre.graph import actions as graph
from palabre.graph.curation import create_collection, own_called
from palabre.graph.lists import create_list, lists_of
from palabre.graph.model import CollectionDraft, Replies
from palabre.ids import AccountId, PostId
from palabre.imports.dates import iso_date
from palabre.imports.errors import EntryDamaged
from palabre.imports.model import ImportedEntry
from palabre.notifications import requests
from palabre.notifications.rules import Policy
from palabre.posts.model import Draft, PollDraft, QuotePolicy, ReplyPolicy, Visibility
from palabre.posts.tags import feature_hashtag, follow_hashtag
from palabre.posts.unpublished import keep_draft, schedule
from palabre.posts.wording import Terms
from palabre.sources.actions import resume
from palabre.sources.queries import source_of
from palabre.store import Transaction

T = TypeVar("T")
_HASH: Final = re.compile(r"[0-9a-f]{32}")
_LONGEST_TITLE: Final = 500
_SOON: Final = 10 * 60_000
"""A scheduled post whose time is this near becomes a draft."""


class _Badge(msgspec.Struct):
    fact: str
    vouched_by: str


class _Profile(msgspec.Struct):
    display_name: str = ""
    bio: str = ""
    fields: tuple[Field, ...] = ()
    avatar_description: str = ""
    header_description: str = ""
    locked: bool = False
    bot: bool = False
    discoverable: bool = False
    indexable: bool = False
    shows: tuple[str, ...] | None = None
    attribution_domains: tuple[str, ...] = ()
    badges: tuple[_Badge, ...] = ()


class _Filter(msgspec.Struct):
    title: str
    contexts: list[str]
    act: Act = Act.WARN
    expires: str | None = None
    keywords: list[tuple[str, bool]] = []
    posts: list[str] = []


class _List(msgspec.Struct):
    title: str
    replies: Replies = Replies.LIST
    exclusive: bool = False


class _Collection(msgspec.Struct):
    name: str
    which: int = 1
    description: str = ""
    language: str | None = None
    hashtag: str | None = None
    sensitive: bool = False
    discoverable: bool = True


class _Feed(msgspec.Struct):
    url: str
    title: str = ""
    created: str | None = None
    entries: list[str] | None = None


class _Draft(msgspec.Struct):
    text: str = ""
    due: str | None = None
    warning: str = ""
    sensitive: bool = False
    language: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    reply_to: str | None = None
    quote: str | None = None
    quote_policy: QuotePolicy = QuotePolicy.ALL
    reply_policy: ReplyPolicy = ReplyPolicy.ALL
    poll: PollDraft | None = None


class Work:
    """Takes one entry after the other in."""

    def __init__(
        self, tx: Transaction, account: AccountId, terms: Terms, post_at: Callable[[str], PostId | None]
    ) -> None:
        """``post_at`` tells which post here an address means."""
        self._tx = tx
        self._account = account
        self._terms = terms
        self._post_at = post_at
        self._parts: dict[str, tuple[type[Any], Callable[[Any], None]]] = {
            "preferences": (Preferences, self._preferences),
            "lists": (_List, self._list),
            "filters": (_Filter, self._filter),
            "collections": (_Collection, self._collection),
            "feeds": (_Feed, self._feed),
            "notification_policy": (Policy, self._policy),
        }

    def apply(self, entry: ImportedEntry, media: list[int], files: dict[str, str]) -> set[str]:
        """Take ``entry`` in, with its uploads and the files of its portraits; return which of those files are used.

        Raises:
            EntryDamaged: it is not what its section holds.
            Refusal: whatever is refused when it is done by hand.

        """
        try:
            return self._apply(entry, media, files)
        except msgspec.ValidationError as wrong:
            raise EntryDamaged(problem=str(wrong)[:200]) from wrong

    def _apply(self, entry: ImportedEntry, media: list[int], files: dict[str, str]) -> set[str]:
        data = entry.data
        match entry.section:
            case "profile":
                return self._profile(_converted(data, _Profile), files)
            case "unpublished":
                self._draft(_converted(data, _Draft), media)
            case "domain_blocks":
                graph.block_domain(self._tx, self._account, _word(data, "domain"))
            case "followed_hashtags":
                follow_hashtag(self._tx, self._account, _word(data, "name"))
            case "featured_hashtags":
                feature_hashtag(self._tx, self._account, _word(data, "name"))
            case section:
                kind, take = self._parts.get(section, (None, None))
                if kind is None or take is None:
                    raise EntryDamaged(problem=section[:40])
                take(_converted(data, kind))
        return set()

    def _profile(self, told: _Profile, files: dict[str, str]) -> set[str]:
        before = account_of(self._tx, self._account)
        if before is None:
            return set()
        change: dict[str, Any] = {
            name: getattr(told, name)
            for name in ("display_name", "bio", "fields")
            if not getattr(before, name) and getattr(told, name)
        }
        if not (before.bio or before.fields or before.avatar):
            change |= {name: getattr(told, name) for name in ("locked", "bot", "discoverable", "indexable")}
            if told.shows is not None:
                change["shows"] = {part: (part.name or "").lower() in told.shows for part in Shows}
        if told.attribution_domains and not before.attribution_domains:
            change["attribution_domains"] = told.attribution_domains
        said = {each.fact for each in told.badges if each.vouched_by == Voucher.MEMBER}
        own = frozenset(kind for kind in OWN_BADGES if kind.value in said)
        if own and not any(each.by is Voucher.MEMBER for each in before.badges):
            change["badges"] = own
        used = set()
        for name, file in files.items():
            if getattr(before, name) is None:
                change |= {name: file, f"{name}_description": getattr(told, f"{name}_description")}
                used.add(file)
        update_profile(self._tx, self._account, ProfileChange(**change))
        return used

    def _preferences(self, told: Preferences) -> None:
        login = login_of(self._tx, self._account)
        if login is not None and login.preferences == Preferences():
            update_preferences(self._tx, self._account, told)

    def _list(self, told: _List) -> None:
        if all(each.title != told.title for each in lists_of(self._tx, self._account)):
            create_list(self._tx, self._account, title=told.title, replies=told.replies, exclusive=told.exclusive)

    def _collection(self, told: _Collection) -> None:
        if len(own_called(self._tx, self._account, told.name)) < told.which:
            said = CollectionDraft(
                name=told.name, description=told.description, language=told.language, hashtag=told.hashtag,
                sensitive=told.sensitive, discoverable=told.discoverable,
            )  # fmt: skip
            create_collection(self._tx, self._account, said)

    def _feed(self, told: _Feed) -> None:
        if source_of(self._tx, self._account) is None:
            seen = None if told.entries is None else [_hash(each) for each in told.entries]
            resume(
                self._tx, self._account, told.url, title=told.title[:_LONGEST_TITLE],
                created=_when(told.created) or Instant(self._tx.now), seen=seen,
            )  # fmt: skip

    def _filter(self, told: _Filter) -> None:
        words = [KeywordChange(keyword=word, whole_word=whole) for word, whole in told.keywords]
        made = filters.create_filter(
            self._tx, self._account, title=told.title, contexts=told.contexts, act=told.act,
            expires=_when(told.expires), keywords=words,
        )  # fmt: skip
        for address in told.posts:
            post = self._post_at(address)
            if post is not None:
                filters.add_post(self._tx, self._account, made.id, post)

    def _draft(self, told: _Draft, media: list[int]) -> None:
        draft = Draft(
            text=told.text,
            visibility=told.visibility,
            reply_to=self._post_at(told.reply_to) if told.reply_to else None,
            warning=told.warning,
            sensitive=told.sensitive,
            language=told.language,
            media=tuple(media),
            poll=told.poll,
            quote=self._post_at(told.quote) if told.quote else None,
            quote_policy=told.quote_policy,
            reply_policy=told.reply_policy,
        )
        due = _when(told.due)
        if due is not None and due > self._tx.now + _SOON:
            schedule(self._tx, self._account, draft, due, terms=self._terms)
        else:
            keep_draft(self._tx, self._account, draft)

    def _policy(self, told: Policy) -> None:
        if requests.policy_of(self._tx, self._account) == Policy():
            requests.change_policy(self._tx, self._account, msgspec.structs.asdict(told))


def _converted(data: dict[str, Any], kind: type[T]) -> T:
    return msgspec.convert(data, kind)


def _word(data: dict[str, Any], name: str) -> str:
    return str(data.get(name) or "")


def _hash(text: str) -> bytes:
    if _HASH.fullmatch(text) is None:
        raise EntryDamaged(problem=text[:40])
    return bytes.fromhex(text)


def _when(text: str | None) -> Instant | None:
    return iso_date(text) if text else None
