"""Pure decisions about lists, notes and domains."""

from __future__ import annotations

import re

import msgspec

from palabre.graph import errors
from palabre.graph.errors import DomainInvalid, ListTitleInvalid, NoteTooLong
from palabre.graph.model import CollectionDraft
from palabre.markup.characters import is_blank
from palabre.markup.domains import ascii_name
from palabre.markup.entities import HASHTAG_MOST, find_entities

TITLE_MOST = 256
LISTS_MOST = 50
MEMBERS_MOST = 1_000
"""Of one list."""
NOTE_MOST = 2_000
ENDORSED_MOST = 100
COLLECTIONS_MOST = 10
COLLECTED_MOST = 25
"""In one collection."""
COLLECTION_NAME_MOST = 40
COLLECTION_DESCRIPTION_MOST = 100

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def good_title(title: str) -> str:
    """Tidy the title of a list.

    Raises:
        ListTitleInvalid: it is empty or too long.

    """
    tidy = " ".join(title.split())
    if is_blank(tidy) or len(tidy) > TITLE_MOST:
        raise ListTitleInvalid(field="title", most=TITLE_MOST)
    return tidy


def good_collection(wanted: CollectionDraft) -> CollectionDraft:
    """Tidy what a collection says of itself.

    Raises:
        CollectionNameInvalid: the name is empty or too long.
        CollectionDescriptionTooLong: the description is.
        CollectionLanguageInvalid: the language is none.
        CollectionHashtagInvalid: the hashtag is none, or longer than any.

    """
    name, description = (" ".join(text.split()) for text in (wanted.name, wanted.description))
    hashtag = (wanted.hashtag or "").strip().removeprefix("#")
    if is_blank(name) or len(name) > COLLECTION_NAME_MOST:
        raise errors.CollectionNameInvalid(field="name", most=COLLECTION_NAME_MOST)
    if len(description) > COLLECTION_DESCRIPTION_MOST:
        raise errors.CollectionDescriptionTooLong(field="description", most=COLLECTION_DESCRIPTION_MOST)
    if wanted.language and not _LANGUAGE.fullmatch(wanted.language):
        raise errors.CollectionLanguageInvalid(field="language")
    if len(hashtag) > HASHTAG_MOST or (
        hashtag and [each.value for each in find_entities(f"#{hashtag}")] != [hashtag]
    ):
        raise errors.CollectionHashtagInvalid(field="tag_name")
    return msgspec.structs.replace(
        wanted, name=name, description=description, hashtag=hashtag or None, language=wanted.language or None
    )


def good_note(text: str) -> str:
    """Tidy a private note; empty for none.

    Raises:
        NoteTooLong: it has more than 2,000 characters.

    """
    tidy = text.replace("\r\n", "\n").strip()
    if len(tidy) > NOTE_MOST:
        raise NoteTooLong(field="comment", most=NOTE_MOST)
    return tidy


def good_domain(domain: str) -> str:
    """Read the name of a network, in lower case and in ASCII.

    Raises:
        DomainInvalid: it is none.

    """
    name = domain.strip().lower().removeprefix("@").rstrip(".")
    try:
        name = ascii_name(name) if name else ""
    except UnicodeError:
        name = ""
    if not _DOMAIN.fullmatch(name):
        raise DomainInvalid(field="domain")
    return name
