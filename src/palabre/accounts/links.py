"""Proofs of the links in profiles: the page that a field names links back to the profile with ``rel="me"``.

A proof is looked at again every week, so that a page that changes hands proves nothing for long. Each field notes
when its proof was asked for: a job for what stands there no longer ends by itself.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

import msgspec

from palabre import jobs, journal
from palabre.accounts import sql
from palabre.accounts.events import AccountChanged
from palabre.accounts.model import Account, Field
from palabre.clock import DAY, MINUTE, Instant
from palabre.ids import AccountId
from palabre.store import Snapshot, Transaction

PROVE = "accounts.prove_link"
"""The job that reads the page of one field."""
AGAIN_AFTER = 7 * DAY
TRIES = 3
"""How often a page that does not answer is asked before the next week comes."""

SILENT_WEEKS = 4
"""After so many without an answer a page proves nothing any more."""


class Proving(msgspec.Struct, frozen=True):
    """A field to be proved."""

    account: AccountId
    url: str
    asked: Instant
    tries: int = 0
    """How often it was asked in vain this week."""
    silent: int = 0
    """For how many weeks it has not answered."""


def link_of(value: str) -> str | None:
    """Return the page that the value of a field is, if it is nothing but an address of the web."""
    if not value.startswith(("https://", "http://")) or " " in value:
        return None
    try:
        return value if urlsplit(value).hostname else None
    except ValueError:
        return None


def is_its_own(url: str, read: str) -> bool:
    """Tell whether the page at ``read``, to which ``url`` led, is one of the same host: ``www.`` makes no other.

    What another host says proves nothing of this one, which may send visitors wherever they like.
    """
    return _host(url) == _host(read) and read.partition(":")[0] == url.partition(":")[0]


def leads_here(links: Collection[str], origins: Collection[str], username: str) -> bool:
    """Tell whether one of ``links`` is the profile of ``username``, at one of the network's ``origins``."""
    ours = {f"{origin}/@{username}".lower() for origin in origins}
    return any(link.strip().partition("#")[0].rstrip("/").lower() in ours for link in links)


def ask(tx: Transaction, account: AccountId, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Ask for the proof of every link that nobody has asked for; return the fields with that noted."""
    noted = []
    for field in fields:
        url = link_of(field.value)
        if url is None or field.asked is not None:
            noted.append(field)
            continue
        jobs.enqueue(tx, PROVE, Proving(account, url, tx.now))
        noted.append(msgspec.structs.replace(field, asked=tx.now))
    return tuple(noted)


def count_new(fields: Collection[Field], before: Collection[Field]) -> int:
    """Count the links among ``fields`` whose pages are not read already."""
    read = {(field.name, field.value) for field in before if field.asked is not None}
    return sum((field.name, field.value) not in read and link_of(field.value) is not None for field in fields)


def wanted(db: Snapshot, proving: Proving) -> Account | None:
    """Return the account whose profile still shows the link; ``None``: nothing is to be proved any more."""
    found = sql.account(db, proving.account)
    if found is None or not any(_is_meant(field, proving) for field in found.fields):
        return None
    return found


def ask_again(tx: Transaction, proving: Proving) -> None:
    """Have a page read later that did not answer. What it has proved before holds for four such weeks."""
    if proving.tries + 1 < TRIES:
        at = Instant(tx.now + 10 * MINUTE * 6**proving.tries)
        jobs.enqueue(tx, PROVE, msgspec.structs.replace(proving, tries=proving.tries + 1), at=at)
    elif proving.silent + 1 < SILENT_WEEKS:
        look_later(tx, msgspec.structs.replace(proving, silent=proving.silent + 1))
    else:
        note(tx, proving, proved=False)


def look_later(tx: Transaction, proving: Proving) -> None:
    """Have a page read in a week; until then all stays as it is."""
    jobs.enqueue(tx, PROVE, msgspec.structs.replace(proving, tries=0), at=Instant(tx.now + AGAIN_AFTER))


def note(tx: Transaction, proving: Proving, *, proved: bool) -> None:
    """Note whether the page links back, and look again in a week."""
    before = wanted(tx, proving)
    if before is None:
        return
    fields = tuple(
        msgspec.structs.replace(field, verified=(field.verified or tx.now) if proved else None)
        if _is_meant(field, proving)
        else field
        for field in before.fields
    )
    if fields != before.fields:
        sql.set_profile(tx, msgspec.structs.replace(before, fields=fields), before)
        journal.record(tx, AccountChanged(account=before.id))
    look_later(tx, msgspec.structs.replace(proving, silent=0))


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower().removeprefix("www.")


def _is_meant(field: Field, proving: Proving) -> bool:
    return field.value == proving.url and field.asked == proving.asked
