"""Makes something trend on a running server: a hashtag, a page with its publisher, and a post."""

from __future__ import annotations

import httpx

from palabre.cards.model import Reading
from palabre.ids import IdCodec, Kind, PostId
from palabre.posts.linking import Wanted, place_card
from running import RunningServer

PAGE = "https://news.example.org/story"


def let_trend(server: RunningServer, people: list[httpx.Client]) -> None:
    """Let ``people`` (three at least; the first one wants to be discovered) use #tree, link ``PAGE``, like a post."""
    posts = [each.post("/api/v1/statuses", json={"status": f"A #tree {PAGE}"}).json()["id"] for each in people]
    for each in people[1:]:
        assert each.post(f"/api/v1/statuses/{posts[0]}/favourite").status_code == 200
    with server.opened() as opened:
        ids = IdCodec(opened.keyring.id_key)
        read = Reading(title="The tree of the village", description="It is very old.", provider="Gazette")
        for post in posts:
            wanted = Wanted(PostId(ids.decode(Kind.POST, post)), PAGE)
            opened.database.write_now(place_card, wanted, read, None)
