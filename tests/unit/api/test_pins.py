"""Pinned posts over the API."""

from __future__ import annotations

from unit.api.network import Network


def test_pinned_posts_stand_on_top_the_last_first_and_at_most_five(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    posts = [ana.say(f"post {n}") for n in range(6)]
    for post in posts[:5]:
        assert ana.post(f"/api/v1/statuses/{post['id']}/pin")["pinned"] is True
    ana.post(f"/api/v1/statuses/{posts[0]['id']}/pin")
    refused = ana.post(f"/api/v1/statuses/{posts[5]['id']}/pin", 422)
    assert "5" in refused["error"]
    path = f"/api/v1/accounts/{ana.id}/statuses"
    assert [one["id"] for one in bo.get(path, pinned=True)] == [post["id"] for post in posts[4::-1]]
    assert ana.post(f"/api/v1/statuses/{posts[2]['id']}/unpin")["pinned"] is False
    ana.delete(f"/api/v1/statuses/{posts[1]['id']}")
    assert [one["id"] for one in bo.get(path, pinned=True)] == [posts[n]["id"] for n in (4, 3, 0)]
    assert len(bo.get(path)) == 5
    assert ana.get(path, pinned=True)[0]["pinned"] is True


def test_only_own_posts_that_others_may_read_are_pinned(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post, direct = ana.say("hello"), ana.say("@bo psst", visibility="direct")
    bo.post(f"/api/v1/statuses/{post['id']}/pin", 422)
    ana.post(f"/api/v1/statuses/{direct['id']}/pin", 422)
    repost = bo.post(f"/api/v1/statuses/{post['id']}/reblog")
    bo.post(f"/api/v1/statuses/{repost['id']}/pin", 422)
    hidden = ana.say("followers", visibility="private")
    ana.post(f"/api/v1/statuses/{hidden['id']}/pin")
    path = f"/api/v1/accounts/{ana.id}/statuses"
    assert bo.get(path, pinned=True) == []
    bo.follow(ana)
    assert [one["id"] for one in bo.get(path, pinned=True)] == [hidden["id"]]
