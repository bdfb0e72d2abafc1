"""What a member had with people and posts elsewhere, made again here. Each function is part of a transaction."""

from __future__ import annotations

from palabre.clock import Instant
from palabre.graph import actions as graph
from palabre.graph import circles, curation, lists
from palabre.ids import AccountId, PostId
from palabre.imports.errors import EntryDamaged
from palabre.imports.model import ImportedTie, Tie
from palabre.imports.rules import collection_of
from palabre.notifications import requests
from palabre.posts.actions import bookmark, like, pin
from palabre.posts.model import ReplyState
from palabre.posts.muting import mute_thread
from palabre.posts.past import import_repost
from palabre.posts.replying import sort_out
from palabre.search import people
from palabre.store import Transaction


def tie_to_person(tx: Transaction, account: AccountId, item: ImportedTie, target: AccountId) -> None:
    """Let ``account`` have with ``target`` what ``item`` says.

    Raises:
        Refusal: whatever is refused when it is done by hand.

    """
    match item.tie:
        case Tie.FOLLOW:
            graph.follow(
                tx, account, target, show_reposts=item.show_reposts, notify=item.notify, languages=item.languages
            )
        case Tie.MUTE:
            _mute(tx, account, item, target)
        case Tie.BLOCK:
            graph.block(tx, account, target)
        case Tie.NOTE:
            circles.write_note(tx, account, target, item.text)
        case Tie.LISTED:
            _list(tx, account, item.target.partition(" ")[2], target)
        case Tie.ENDORSEMENT:
            circles.endorse(tx, account, target)
        case Tie.PERMISSION:
            requests.permit(tx, account, target)
        case Tie.COLLECTED:
            _collect(tx, account, item, target)
        case Tie.REPLY_RULE:
            sort_out(tx, account, target, _state(item.text))
        case _:
            people.dismiss(tx, account, target)


def _mute(tx: Transaction, account: AccountId, item: ImportedTie, target: AccountId) -> None:
    left = None if item.expires is None else item.expires - tx.now
    if left is None or left > 0:
        graph.mute(tx, account, target, notifications=item.hide_notifications, duration_ms=left)


def _list(tx: Transaction, account: AccountId, title: str, target: AccountId) -> None:
    found = next((each for each in lists.lists_of(tx, account) if each.title == title), None)
    number = found.id if found else lists.create_list(tx, account, title=title).id
    lists.add_to_list(tx, account, number, [target])


def _collect(tx: Transaction, account: AccountId, item: ImportedTie, target: AccountId) -> None:
    which, name = collection_of(item.target)
    found = curation.own_called(tx, account, name)
    if not 1 <= which <= len(found):
        raise EntryDamaged(problem=name[:100])
    curation.collect_again(tx, account, found[which - 1], target, withdrawn=item.withdrawn)


def _state(text: str) -> ReplyState:
    if text not in {ReplyState.MUTED, ReplyState.SPAM}:
        raise EntryDamaged(problem=text[:40])
    return ReplyState(text)


def tie_to_post(tx: Transaction, account: AccountId, item: ImportedTie, post: PostId) -> None:
    """Let ``account`` have with ``post`` what ``item`` says.

    Raises:
        Refusal: whatever is refused when it is done by hand.

    """
    match item.tie:
        case Tie.BOOKMARK:
            bookmark(tx, account, post)
        case Tie.LIKE:
            like(tx, account, post)
        case Tie.PIN:
            pin(tx, account, post)
        case Tie.REPOST:
            import_repost(tx, account, post, item.at or Instant(tx.now))
        case Tie.MUTED_CONVERSATION:
            mute_thread(tx, account, post)
        case _:
            """A quote of somebody else's post asks for consent, which nobody can give for a post of long ago."""
