"""Pages as a member's filters have them: what is left out, what stands behind a button, which threads are muted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from palabre.edge.lenses import Lens, matches_in
from palabre.filters.model import Act, Context
from palabre.filters.rules import Match, hides
from palabre.ids import IdCodec, Kind
from palabre.posts.model import PostView, ThreadView


class Seen(msgspec.Struct, frozen=True):
    """What templates look up of a post by its public id."""

    filtered: Mapping[str, str] = {}
    """The titles of the filters that warn of it."""
    blurred: Mapping[str, bool] = {}
    """Whether its pictures are covered."""
    muted: Mapping[str, bool] = {}
    """Whether the member is not told of its conversation."""


def _matches(lens: Lens, view: PostView, context: Context | None) -> tuple[Match, ...]:
    if lens.sieve is None or context is None:
        return ()
    found = matches_in(lens.sieve, lens.viewer, view)
    return tuple(match for match in found if context in match.filter.contexts)


def sift(lens: Lens, context: Context | None, subject: dict[str, Any]) -> dict[str, Any]:
    """Return what a page is about without the posts that the filters hide; the post that it is about stays."""

    def wanted(view: PostView) -> bool:
        return not hides(_matches(lens, view, context), context)

    sifted = dict(subject)
    for part in ("views", "trending"):
        if part in subject:
            sifted[part] = [view for view in subject[part] if wanted(view)]
    if "conversations" in subject:
        sifted["conversations"] = [line for line in subject["conversations"] if wanted(line[0].last_post)]
    if isinstance(thread := subject.get("thread"), ThreadView):
        ancestors = [view for view in thread.ancestors if wanted(view)]
        sifted["thread"] = msgspec.structs.replace(thread, ancestors=ancestors)
        for part in ("replies", "folded"):
            sifted[part] = [line for line in subject[part] if wanted(line[0])]
    if "groups" in subject:
        sifted["groups"] = [group for group in subject["groups"] if group.post is None or wanted(group.post)]
    return sifted


def _views_in(subject: Mapping[str, Any]) -> Iterator[PostView]:
    for view in _lines_in(subject):
        yield view
        if view.shown.quoted is not None:
            yield view.shown.quoted


def _lines_in(subject: Mapping[str, Any]) -> Iterator[PostView]:
    if isinstance(view := subject.get("view"), PostView):
        yield view
    yield from subject.get("views", ())
    yield from subject.get("trending", ())
    if isinstance(thread := subject.get("thread"), ThreadView):
        yield from (*thread.ancestors, thread.post, *thread.descendants)
    for group in subject.get("groups", ()):
        if group.post is not None:
            yield group.post
    for each, _ in subject.get("conversations", ()):
        yield each.last_post


def seen_through(lens: Lens, context: Context | None, subject: Mapping[str, Any], ids: IdCodec) -> Seen:
    """Say of each post of a page what is particular about it."""
    filtered: dict[str, str] = {}
    blurred: dict[str, bool] = {}
    muted: dict[str, bool] = {}
    for view in _views_in(subject):
        ref = ids.encode(Kind.POST, view.shown.post.id)
        if view.shown.post.thread in lens.threads:
            muted[ref] = True
        found = _matches(lens, view, context)
        titles = [match.filter.title for match in found if match.filter.act is not Act.BLUR]
        if titles:
            filtered[ref] = ", ".join(titles)
        if any(match.filter.act is Act.BLUR for match in found):
            blurred[ref] = True
    return Seen(filtered, blurred, muted)
