"""Adding and removing custom emojis: for those who run the network."""

from __future__ import annotations

from palabre import journal
from palabre.emojis import sql
from palabre.emojis.errors import EmojiNotFound, ShortcodeTaken, TooManyEmojis, WrongShortcode
from palabre.emojis.events import EmojisChanged
from palabre.emojis.model import SHORTCODE, Emoji
from palabre.emojis.queries import MOST
from palabre.ids import new_id
from palabre.store import Transaction


def add_emoji(
    tx: Transaction, shortcode: str, *, file: str, still: str, category: str | None = None, visible: bool = True
) -> Emoji:
    """Let a stored picture stand for ``:shortcode:``. If it is refused, the caller removes the files.

    Raises:
        WrongShortcode, ShortcodeTaken, TooManyEmojis: as they say.

    """
    name = check_shortcode(shortcode)
    if len(sql.everything(tx)) >= MOST:
        raise TooManyEmojis(limit=MOST)
    new = Emoji(
        id=new_id(tx.now),
        shortcode=name,
        file=file,
        still=still,
        category=" ".join((category or "").split())[:100] or None,
        visible=visible,
        created=tx.now,
    )
    if not sql.insert_emoji(tx, new):
        raise ShortcodeTaken(field="shortcode", name=name)
    journal.record(tx, EmojisChanged(emoji=new.id))
    return new


def check_shortcode(shortcode: str) -> str:
    """Return a name without colons around it.

    Raises:
        WrongShortcode: it is none.

    """
    name = shortcode.strip().removeprefix(":").removesuffix(":")
    if not SHORTCODE.fullmatch(f":{name}:"):
        raise WrongShortcode(field="shortcode")
    return name


def remove_emoji(tx: Transaction, shortcode: str) -> Emoji:
    """Remove an emoji; texts show its name from then on. The caller has its files removed.

    Raises:
        EmojiNotFound: there is none.

    """
    found = sql.by_name(tx, shortcode.strip().strip(":"))
    if found is None:
        raise EmojiNotFound
    sql.delete_emoji(tx, found.id)
    journal.record(tx, EmojisChanged(emoji=found.id))
    return found
