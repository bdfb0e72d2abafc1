"""Members who write, and look for what was written."""

from __future__ import annotations

import msgspec

from fixtures_store import Store
from palabre import jobs
from palabre.ids import AccountId, PostId
from palabre.search import actions
from palabre.search.model import Slice
from palabre.search.queries import search_posts
from palabre.search.subscriber import subscriber
from people import People


class Finding:
    """Members who write and look for what was written."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.people = People(store)
        self.reader = self.people.member("reader")
        self.ana = self.people.member("ana", profile={"indexable": True})

    def settle(self) -> None:
        """Let the index catch up."""
        self.store.advance(subscriber)
        self.run_jobs()

    def run_jobs(self) -> None:
        """Do what the index has to do."""
        while claimed := self.store.write(jobs.claim):
            for each in claimed:
                if each.kind == actions.FILL:
                    self.store.write(actions.fill, msgspec.json.decode(each.payload, type=Slice))
                self.store.write(jobs.done, each.id)

    def post(self, text: str, author: AccountId | None = None, **draft) -> PostId:
        return self.people.post(author or self.ana, text, **draft)

    def texts(self, query: str, viewer: AccountId | None = None, **options) -> list[str]:
        """Return the texts that are found."""
        self.settle()
        found = self.store.read(search_posts, viewer or self.reader, query, **{"limit": 20, **options})
        return [view.post.text for view in found]
