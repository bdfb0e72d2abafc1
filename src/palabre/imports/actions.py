"""Imports, a slice at a time: what was imported and how far it is are one transaction, so nothing comes twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from palabre import jobs
from palabre.accounts.model import Account
from palabre.accounts.queries import seen_handles
from palabre.clock import DAY
from palabre.errors import Refusal
from palabre.ids import AccountId, IdCodec, Kind, PostId, new_id
from palabre.imports import entries, rules, sql, ties
from palabre.imports.errors import ImportRunning, RunNotFound
from palabre.imports.model import (
    ImportedEntry,
    ImportedMedia,
    ImportedPost,
    ImportedTie,
    ImportRun,
    Item,
    Part,
    Reason,
    Skipped,
    Source,
    State,
    Tie,
)
from palabre.imports.plan import may_list
from palabre.imports.planfile import Header, Steps
from palabre.imports.queries import import_run
from palabre.media.actions import add_attachment, caption
from palabre.media.model import MOST_DESCRIPTION, Focus, MediaKind, StoredPicture
from palabre.posts.actions import Terms, import_post
from palabre.posts.errors import PostNotFound
from palabre.posts.model import Draft, Visibility
from palabre.posts.past import keep_past
from palabre.store import Transaction

IMPORT = "imports.run"
"""The job that carries an import on; its payload is the import's id."""

_FORGET_AT_ONCE = 1_000
_SECTIONS = {Kind.FILTER: "filters", Kind.UNPUBLISHED: "unpublished"}
"""What is known by an id of the network that wrote the archive, and its part of the archive."""


class Captions(NamedTuple):
    """A file of captions in the media store; no row names it yet."""

    name: str

    @property
    def names(self) -> tuple[str, ...]:
        """Its name, as pictures have theirs."""
        return (self.name,)


Pictures = Mapping[str, StoredPicture | Captions | Reason]
"""What became of the files of some posts, by their names in the archive."""


class Here(msgspec.Struct, frozen=True):
    """What an import must know of this network."""

    origin: str
    ids: IdCodec
    terms: Terms


def begin_import(
    tx: Transaction,
    viewer: AccountId,
    *,
    run: int,
    name: str,
    source: Source | None = None,
    durable: bool = True,
) -> ImportRun:
    """Begin to import a file in the name of ``viewer``.

    Args:
        tx: the open transaction.
        viewer: whose posts and ties it brings.
        run: id of the import, made before, so that the file could be put where this import looks for it.
        name: what its owner called the file.
        source: what it is, if the owner said so.
        durable: a job carries it on. Otherwise the caller does, and an earlier import that its caller left
            unfinished is over.

    Raises:
        ImportRunning: another is under way.

    """
    for other in sql.runs_of(tx, viewer, most=20):
        if other.state.over:
            continue
        if other.durable and other.created > tx.now - 7 * DAY:
            raise ImportRunning
        sql.change_run(tx, msgspec.structs.replace(other, state=State.STOPPED, finished=tx.now))
    new = ImportRun(
        id=run,
        account=viewer,
        source=source,
        name="".join(c for c in name if c.isprintable())[:200],
        state=State.WAITING,
        durable=durable,
        created=tx.now,
    )
    sql.insert_run(tx, new)
    if durable:
        jobs.enqueue(tx, IMPORT, run, key=f"import:{viewer}")
    return new


def cancel_import(tx: Transaction, viewer: AccountId, run: int) -> ImportRun:
    """Stop an import where it is. What came already stays.

    Raises:
        RunNotFound: there is none with this id, or it is somebody else's.

    """
    found = import_run(tx, viewer, run)
    return found if found.state.over else _changed(tx, found, state=State.CANCELLED, finished=tx.now)


def note_reading(tx: Transaction, run: int) -> ImportRun:
    """Note that the file is being read; what is over stays so. An import that was under way goes on."""
    found = _run(tx, run)
    return _changed(tx, found, state=State.READING) if found.state is State.WAITING else found


def note_plan(tx: Transaction, run: int, header: Header) -> ImportRun:
    """Note what reading the file has found; one that is read again is followed from its beginning."""
    found = _run(tx, run)
    if found.state.over:
        return found
    return _changed(
        tx,
        found,
        state=State.RUNNING,
        source=header.source,
        total=header.total,
        done=0,
        place=0,
        left_out=header.left_out,
        listed=header.listed,
    )


def fail_import(tx: Transaction, run: int, code: str) -> ImportRun:
    """End an import that cannot go on."""
    found = _run(tx, run)
    return found if found.state.over else _changed(tx, found, state=State.FAILED, error=code, finished=tx.now)


def carry_on_later(tx: Transaction, run: int) -> None:
    """Have a job go on with an import."""
    found = _run(tx, run)
    jobs.enqueue(tx, IMPORT, run, key=f"import:{found.account}")


def import_steps(
    tx: Transaction, run: int, steps: Steps, pictures: Pictures, here: Here
) -> tuple[ImportRun, set[str]]:
    """Import the next few things of a plan; return how the import stands and which pictures found their posts.

    Without ``steps.items`` the import is done. If it is not where the steps begin, somebody else was faster, or
    it was cancelled: then nothing happens.
    """
    found = _run(tx, run)
    if found.state is not State.RUNNING or found.place != steps.begin:
        return found, set()
    if not steps.items:
        return _changed(tx, found, state=State.DONE, finished=tx.now), set()
    work = _Steps(tx, found, steps, pictures, here)
    for item in steps.items:
        work.take(item)
    counts = dict(found.left_out)
    for name, count in work.left_out.items():
        counts[name] = counts.get(name, 0) + count
    changed = _changed(
        tx,
        found,
        done=found.done + len(steps.items),
        added=found.added + work.added,
        place=steps.end,
        left_out=counts,
        listed=tuple(work.listed),
    )
    return changed, work.used


class _Steps:
    """One slice of an import."""

    def __init__(self, tx: Transaction, run: ImportRun, steps: Steps, pictures: Pictures, here: Here) -> None:
        self._tx = tx
        self._account = account = run.account
        self._pictures = pictures
        self._here = here
        self.added = 0
        self.left_out: dict[str, int] = {}
        self.listed = list(run.listed)
        self.used: set[str] = set()
        self._keys = {id(item): rules.key_of(account, item) for item in steps.items}
        others = {rules.key(account, name) for item in steps.items for name in rules.names_in(item)}
        self._known = sql.items(tx, account, {*self._keys.values(), *others}) | self._own(steps) | self._made(steps)
        names = {
            (name.lower(), "")
            for item in steps.items
            if isinstance(item, ImportedTie)
            and not item.tie.is_of_post
            and (name := rules.local_name(item.target, here.terms.domain)) is not None
        }
        self._people: dict[tuple[str, str], Account] = seen_handles(tx, account, names) if names else {}

    def _own(self, steps: Steps) -> dict[int, PostId | None]:
        """Find the posts of an archive that this network made, where they are still here."""
        here = {
            post: self._keys[id(item)]
            for item in steps.items
            if isinstance(item, ImportedPost) and (post := self._address(item.source_key)) is not None
        }
        return {here[post]: post for post in sql.written_by(self._tx, self._account, here)}

    def _made(self, steps: Steps) -> dict[int, PostId | None]:
        """Find the filters and drafts of an archive that this network made, where they are still here."""
        known: dict[int, PostId | None] = {}
        for kind, find in ((Kind.FILTER, sql.filters_made_by), (Kind.UNPUBLISHED, sql.unpublished_by)):
            here = {
                number: self._keys[id(item)]
                for item in steps.items
                if isinstance(item, ImportedEntry)
                and item.section == _SECTIONS[kind]
                and (number := self._here.ids.try_decode(kind, item.name.partition(":")[2])) is not None
            }
            known |= {here[number]: None for number in find(self._tx, self._account, here)}
        return known

    def take(self, item: Item) -> None:
        """Import one thing, unless it came before."""
        key = self._keys[id(item)]
        part, what = _named(item)
        if key in self._known:
            self._leave_out(part, Reason.ALREADY_HERE, what)
            return
        post = None
        if isinstance(item, ImportedPost):
            post = self._post(item)
            if post is None:
                return
        elif isinstance(item, ImportedEntry):
            if not self._attempt(lambda: self._entry(item), part, what):
                return
        elif not self._tie(item, part):
            return
        self._known[key] = post
        sql.keep_item(self._tx, self._account, key, post)
        self.added += 1

    def _leave_out(self, part: Part, reason: Reason, what: str) -> None:
        name = f"{part}.{reason}"
        self.left_out[name] = self.left_out.get(name, 0) + 1
        if may_list(self.listed, reason):
            self.listed.append(Skipped(part=part, reason=reason, what=what[:200]))

    def _post(self, item: ImportedPost) -> PostId | None:
        parent = self._known.get(rules.key(self._account, item.reply_to)) if item.reply_to else None
        pictures = [(each, found) for each in item.media if (found := self._picture(each)) is not None]
        if not item.text and not pictures:
            self._leave_out(Part.POST, Reason.EMPTY, item.source_key)
            return None
        media = tuple(self._attached(each, stored) for each, stored in pictures)
        draft = Draft(
            text=item.text,
            visibility=Visibility(rules.audience_here(item, parent_here=parent is not None).value),
            reply_to=parent,
            warning=item.warning,
            sensitive=item.sensitive,
            language=rules.language_of(item),
            media=media,
        )
        try:
            made = self._written(draft, item)
        except PostNotFound:  # what it answers is deleted, or stands in a conversation of others
            alone = Visibility(rules.audience_here(item, parent_here=False).value)
            made = self._written(msgspec.structs.replace(draft, reply_to=None, visibility=alone), item)
        except Refusal as refusal:
            self._leave_out(Part.POST, Reason.REFUSED, f"{item.source_key}: {refusal}")
            return None
        self._keep_past(made, item)
        return made

    def _written(self, draft: Draft, item: ImportedPost) -> PostId:
        return import_post(
            self._tx,
            self._account,
            draft,
            terms=self._here.terms,
            created=item.created,
            id_=PostId(new_id(item.created)),
        )

    def _keep_past(self, made: PostId, item: ImportedPost) -> None:
        quote = self._known.get(rules.key(self._account, item.quote)) if item.quote else None
        try:
            self._add_past(made, item, quote)
        except PostNotFound:  # what it quotes came once, and is deleted
            quote = None
            self._add_past(made, item, quote)
        if item.quote and quote is None:
            self._wait(ImportedTie(tie=Tie.QUOTE, target=item.quote, text=item.source_key), Part.BOOKMARK)

    def _add_past(self, made: PostId, item: ImportedPost, quote: PostId | None) -> None:
        past = rules.past_of(item, quote)
        if past is not None:
            keep_past(self._tx, self._account, made, past)

    def _entry(self, item: ImportedEntry) -> None:
        media: list[int] = []
        files: dict[str, str] = {}
        for each in item.media:
            stored = self._picture(each)
            if stored is None:
                continue
            if each.purpose == "post":
                media.append(self._attached(each, stored))
            else:
                files[each.purpose] = stored.file
        used = entries.Work(self._tx, self._account, self._here.terms, self._bookmarked).apply(item, media, files)
        self.used |= {each.member for each in item.media if files.get(each.purpose) in used}

    def _picture(self, media: ImportedMedia) -> StoredPicture | None:
        found = self._pictures.get(media.member, Reason.FILE_MISSING)
        if not isinstance(found, StoredPicture):
            reason = found if isinstance(found, Reason) else Reason.NOT_SUPPORTED
            self._leave_out(Part.MEDIA, reason, media.member)
            return None
        return found

    def _attached(self, media: ImportedMedia, stored: StoredPicture) -> int:
        self.used.add(media.member)
        description = rules.shortened(media.description, MOST_DESCRIPTION)
        focus = Focus(*media.focus) if media.focus else Focus()
        made = add_attachment(self._tx, self._account, stored, description=description, focus=focus).id
        captions = self._pictures.get(media.captions) if media.captions else None
        if isinstance(captions, Captions) and stored.kind in {MediaKind.VIDEO, MediaKind.SOUND}:
            self.used.add(media.captions)
            caption(self._tx, self._account, made, captions.name, media.captions_language)
        return made

    def _tie(self, item: ImportedTie, part: Part) -> bool:
        if item.tie.is_of_post:
            post = self._bookmarked(item.target)
            if post is None:
                return self._wait(item, part)
            return self._attempt(lambda: ties.tie_to_post(self._tx, self._account, item, post), part, item.target)
        name = rules.local_name(item.target, self._here.terms.domain)
        target = self._people.get((name.lower(), "")) if name is not None else None
        if target is None:
            return self._wait(item, part)
        return self._attempt(lambda: ties.tie_to_person(self._tx, self._account, item, target.id), part, item.target)

    def _attempt(self, work: Callable[[], Any], part: Part, what: str) -> bool:
        refusal = self._tx.attempt(work)
        if isinstance(refusal, Refusal):
            self._leave_out(part, Reason.REFUSED, f"{what}: {refusal}")
            return False
        return True

    def _bookmarked(self, address: str) -> PostId | None:
        """Return the post of this network at ``address``, or what the author's own post there became here."""
        own = self._known.get(rules.key(self._account, address))
        return self._address(address) if own is None else own

    def _address(self, address: str) -> PostId | None:
        """Return the post of this network that ``address`` names, whether it is there or not."""
        if not address.startswith(self._here.origin + "/"):
            return None
        number = self._here.ids.try_decode(Kind.POST, address.rstrip("/").rsplit("/", 1)[-1])
        return None if number is None else PostId(number)

    def _wait(self, item: ImportedTie, part: Part) -> bool:
        """Keep a tie to somebody elsewhere: a wider network may make it one."""
        name = None if item.tie.is_of_post else rules.local_name(item.target, self._here.terms.domain)
        if name is None:
            sql.keep_waiting(self._tx, self._account, item, self._tx.now)
        self._leave_out(part, Reason.NOT_FOUND_HERE, item.target)
        return False


def _named(item: Item) -> tuple[Part, str]:
    if isinstance(item, ImportedPost):
        return Part.POST, item.source_key
    if isinstance(item, ImportedEntry):
        return Part.SETTING, item.name
    return (Part.BOOKMARK if item.tie.is_of_post else Part.PERSON), item.target


def forget_member(tx: Transaction, gone: AccountId) -> bool:
    """Forget a slice of what a deleted account has imported; one under way finds nothing to go on with.

    Returns whether all is forgotten. The uploaded files go with the upkeep, as those of imports that are over.
    """
    return sql.forget_member(tx, gone, most=_FORGET_AT_ONCE)


def _run(tx: Transaction, run: int) -> ImportRun:
    found = sql.run(tx, run)
    if found is None:
        raise RunNotFound
    return found


def _changed(tx: Transaction, run: ImportRun, **values: object) -> ImportRun:
    changed = msgspec.structs.replace(run, **values)
    sql.change_run(tx, changed)
    return changed
