"""The day after somebody else was in the account: nothing that he has set up outside reads or writes any more."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre.accounts.model import Badge, BadgeKind, Voucher
from palabre.hooks import actions as hooks
from palabre.hooks.errors import HookNotFound
from palabre.hooks.model import Event
from palabre.hooks.queries import hooks as hooks_of
from palabre.posts.model import Visibility
from palabre.rights.actions import lock_others_out
from palabre.sources import actions as sources
from palabre.sources.model import Feed
from palabre.sources.queries import source_of
from people import KEYRING, People


def test_webhooks_addresses_and_the_feed_end_and_those_of_others_stay(store: Store, people: People) -> None:
    secrets = {}
    for name in ("ana", "ben"):
        member = people.member(name)
        secrets[member] = store.write(hooks.create_incoming, KEYRING, member, "Build", Visibility.PUBLIC)
        told = (KEYRING, member, "https://program.example/", [Event.MENTION_CREATED.value])
        store.write(hooks.create_hook, *told)
        store.write(
            sources.connect, member, f"https://{name}.example/feed", Feed(title="", language=None, entries=())
        )
    ana, ben = secrets
    assert people.account(ana).facts == (Badge(BadgeKind.FEED, Voucher.NETWORK),)
    store.write(lock_others_out, ana)
    with pytest.raises(HookNotFound):
        store.read(hooks.incoming_by_secret, KEYRING, secrets[ana])
    assert store.read(hooks_of, ana) == []
    assert store.read(source_of, ana) is None
    assert people.account(ana).facts == ()
    assert store.read(hooks.incoming_by_secret, KEYRING, secrets[ben]).account == ben
    assert len(store.read(hooks_of, ben)) == 1
    assert store.read(source_of, ben) is not None
    store.write(lock_others_out, ana)
