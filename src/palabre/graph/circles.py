"""Private notes, endorsements, blocked domains, and followers whom one knows."""

from __future__ import annotations

from collections.abc import Collection

from palabre import journal
from palabre.accounts.model import Account, Shows
from palabre.accounts.queries import accounts as accounts_of
from palabre.accounts.queries import seen_account
from palabre.graph import circles_sql, rules, sql
from palabre.graph.actions import other_account
from palabre.graph.errors import NotFollowing, TooManyEndorsed
from palabre.graph.events import Endorsed, Unendorsed
from palabre.graph.queries import hidden_among
from palabre.ids import AccountId, new_id
from palabre.paging import Slice, Window, cut
from palabre.store import Snapshot, Transaction

_FAMILIAR_MOST = 40


def write_note(tx: Transaction, viewer: AccountId, target: AccountId, text: str) -> None:
    """Keep what the viewer notes about ``target``, for himself; an empty text removes it.

    Raises:
        NotOneself: the viewer is the target.
        AccountNotFound: there is no such account.
        NoteTooLong: more than 2,000 characters.

    """
    other_account(tx, viewer, target)
    circles_sql.write_note(tx, viewer, target, rules.good_note(text))


def endorse(tx: Transaction, viewer: AccountId, target: AccountId) -> None:
    """Show somebody whom the viewer follows on his profile.

    Raises:
        NotOneself: the viewer is the target.
        AccountNotFound: there is no such account.
        NotFollowing: the viewer does not follow it.
        TooManyEndorsed: there are 100 already.

    """
    other_account(tx, viewer, target)
    if sql.follow(tx, viewer, target) is None:
        raise NotFollowing
    if circles_sql.insert_endorsement(tx, new_id(tx.now), viewer, target):
        if circles_sql.count_endorsed(tx, viewer) > rules.ENDORSED_MOST:
            raise TooManyEndorsed(most=rules.ENDORSED_MOST)
        journal.record(tx, Endorsed(account=viewer, target=target))


def unendorse(tx: Transaction, viewer: AccountId, target: AccountId) -> None:
    """Show somebody on the viewer's profile no longer."""
    if circles_sql.delete_endorsement(tx, viewer, target):
        journal.record(tx, Unendorsed(account=viewer, target=target))


def endorsed_page(db: Snapshot, viewer: AccountId | None, account: AccountId, window: Window) -> Slice[Account]:
    """Return whom ``account`` shows on its profile, without those whom the viewer would not see.

    Raises:
        AccountNotFound: there is no such account, or it may not be seen.

    """
    owner = seen_account(db, viewer, account)
    page = cut(circles_sql.endorsed(db, account, window))
    if viewer == account:
        return page
    if owner.standing != "active":
        return Slice([], None, None)
    if viewer is None:
        return page
    hidden = hidden_among(db, viewer, [account, *(each.id for each in page.items)])
    if account in hidden.blocked_by or account in hidden.blocking:
        return Slice([], None, None)
    return page.showing([each for each in page.items if not hidden.hides(each.id)])


def domains_page(db: Snapshot, viewer: AccountId, window: Window) -> Slice[str]:
    """Return the domains that the viewer blocks, the newest first."""
    return cut(circles_sql.domains(db, viewer, window))


def familiar_followers(
    db: Snapshot, viewer: AccountId, accounts: Collection[AccountId]
) -> dict[AccountId, list[Account]]:
    """Return those whom the viewer follows among the followers of each account that he may see, at most 40.

    Nobody for who hides his people, as on Mastodon; accounts that are not active, or block the viewer, are left out.
    """
    known = accounts_of(db, accounts)
    hidden = hidden_among(db, viewer, known)
    asked = [known[each] for each in dict.fromkeys(accounts) if each in known and each not in hidden.blocked_by]
    seen = [each for each in asked if each.standing == "active"]
    first = Window(limit=_FAMILIAR_MOST)
    found = {
        each.id: [person for _, person in circles_sql.familiar(db, viewer, each.id, first)]
        if _shows_people(each, viewer)
        else []
        for each in seen
    }
    people = {each.id for some in found.values() for each in some}
    unseen = hidden_among(db, viewer, people)
    return {each: [one for one in some if not unseen.hides(one.id)] for each, some in found.items()}


def _shows_people(owner: Account, viewer: AccountId) -> bool:
    return owner.id == viewer or bool(owner.shows & Shows.PEOPLE)


def familiar_page(db: Snapshot, viewer: AccountId, account: AccountId, window: Window) -> Slice[Account]:
    """Return those whom the viewer follows among the followers of ``account``, the newest first.

    Whoever hides whom he follows is not among them, and if ``account`` hides its people there is nobody, as on
    Mastodon. Three statements.

    Raises:
        AccountNotFound: there is no such account, or it may not be seen.

    """
    owner = seen_account(db, viewer, account)
    if not _shows_people(owner, viewer):
        return Slice([], None, None)
    page = cut(circles_sql.familiar(db, viewer, account, window))
    hidden = hidden_among(db, viewer, [account, *(each.id for each in page.items)])
    if owner.standing != "active" or account in hidden.blocked_by or account in hidden.blocking:
        return Slice([], None, None)
    return page.showing([each for each in page.items if not hidden.hides(each.id)])
