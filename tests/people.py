"""Members for tests: ``people.member("ana")`` is all that most tests need to say."""

from __future__ import annotations

from typing import Any

from fixtures_store import Store
from palabre.accounts.actions import NewMember, create_member, update_profile
from palabre.accounts.actions import ProfileChange as Change
from palabre.accounts.model import Account
from palabre.accounts.queries import account
from palabre.graph import actions as graph
from palabre.ids import AccountId, PostId
from palabre.keyring import Keyring
from palabre.posts.actions import Terms, create_post
from palabre.posts.model import Draft

KEYRING = Keyring(network="01" * 32, ids="02" * 32, columns="03" * 32, lookups="04" * 32, forms="05" * 32)


class People:
    """Makes members and lets them act."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.keyring = KEYRING

    def member(self, username: str, *, profile: dict[str, Any] | None = None, **details: Any) -> AccountId:
        """Make an active member and return the id."""
        made = self.store.write(create_member, KEYRING, NewMember(username=username, **details))
        if profile:
            self.store.write(update_profile, made.id, Change(**profile))
        return made.id

    def members(self, *usernames: str) -> list[AccountId]:
        """Make several."""
        return [self.member(username) for username in usernames]

    def account(self, number: AccountId) -> Account:
        """Load an account as it is now."""
        return self.store.read(account, number)

    def follow(self, follower: AccountId, followed: AccountId, **options: Any) -> None:
        """Let one follow another."""
        self.store.write(graph.follow, follower, followed, **options)

    def facts(self) -> list[tuple[str, str]]:
        """All that happened, by kind, oldest first."""
        from palabre.journal import read_after

        return [(entry.kind, entry.payload) for entry in self.store.read(read_after, 0)]

    def kinds(self, prefix: str = "") -> list[str]:
        """The kinds of what happened."""
        return [kind for kind, _ in self.facts() if kind.startswith(prefix)]

    def post(self, author: AccountId, text: str, **draft: Any) -> PostId:
        """Publish something."""
        made: PostId = self.store.write(create_post, author, Draft(text=text, **draft), terms=Terms())
        return made
