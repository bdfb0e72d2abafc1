"""Those who run the network decide about hashtags: who may use one, and whether it is found."""

from __future__ import annotations

from collections.abc import Callable

from unit.api.documented import OPTIONAL, problems
from unit.api.network import Caller, Network
from unit.api.test_admin_accounts import acts, root_of

TAGS = "/api/v1/admin/tags"


def tag(root: Caller, name: str) -> str:
    """The id of a hashtag."""
    found: str = next(each["id"] for each in root.get(TAGS) if each["name"] == name)
    return found


def decide(root: Caller, name: str, **said: object) -> dict[str, object]:
    made: dict[str, object] = root.call("PUT", f"{TAGS}/{tag(root, name)}", json=said).json()
    return made


def found(caller: Caller, text: str) -> list[str]:
    return [each["name"] for each in caller.get("/api/v2/search", q=text, type="hashtags")["hashtags"]]


def test_hashtags_are_listed_and_shown(network: Network) -> None:
    root, ana = root_of(network), network.member("ana")
    ana.say("#oak #elm")
    ana.say("#ash", visibility="private")
    listed = root.get(TAGS)
    assert [each["name"] for each in listed] == ["elm", "oak"]
    assert [problems("Admin_Tag", each, without=OPTIONAL.get("Admin_Tag", ())) for each in listed] == [[], []]
    assert root.get(f"{TAGS}/{listed[0]['id']}") == listed[0]
    assert [listed[0][name] for name in ("usable", "listable", "trendable", "requires_review")] == [
        True, True, True, False,
    ]  # fmt: skip
    assert [len(page) for page in root.pages(TAGS, limit=1)] == [1, 1]
    for caller, status in ((ana, 403), (network.token_for(root, "read write"), 403), (network.visitor, 401)):
        caller.get(TAGS, status)
        caller.call("PUT", f"{TAGS}/{listed[0]['id']}", status, json={"usable": False})
    network.token_for(root, "admin:read").call("PUT", f"{TAGS}/{listed[0]['id']}", 403, json={"usable": False})


def test_nobody_posts_with_an_unusable_hashtag_and_what_has_it_stays(network: Network) -> None:
    root, ana = root_of(network), network.member("ana")
    before = ana.say("#Oak")
    assert decide(root, "Oak", usable=False)["usable"] is False
    refused = ana.post("/api/v1/statuses", 422, status="the #OAK and the #elm")
    assert "#OAK" in refused["error"]
    assert "#elm" not in refused["error"]
    ana.post("/api/v1/statuses", 422, status="psst #oak", visibility="private")
    place = f"/api/v1/statuses/{ana.say('a tree')['id']}"
    ana.call("PUT", place, 422, json={"status": "a tree: #oak"})
    ana.call("PUT", f"/api/v1/statuses/{before['id']}", json={"status": "still #oak"})
    assert [each["id"] for each in ana.get("/api/v1/timelines/tag/oak")] == [before["id"]]
    decide(root, "Oak", usable=True)
    ana.say("again #oak")
    assert [kind for kind, _ in acts(network)] == ["hashtag_allowed", "hashtag_barred"]


def test_one_batch_of_posts_sees_the_decision_that_was_made_in_it(network: Network) -> None:
    root, ana = root_of(network), network.member("ana")
    ana.say("#oak")
    path = f"{TAGS}/{tag(root, 'oak')}"
    for usable in (False, True, False):
        root.call("PUT", path, json={"usable": usable})
        ana.post("/api/v1/statuses", 200 if usable else 422, status="#oak")


def test_the_decision_outlives_the_last_post(network: Network) -> None:
    root, ana = root_of(network), network.member("ana")
    post = ana.say("#oak #elm")
    decide(root, "oak", usable=False)
    ana.delete(f"/api/v1/statuses/{post['id']}")
    ana.post("/api/v1/statuses", 422, status="#oak")
    assert [each["name"] for each in root.get(TAGS)] == ["oak"], "of the other nothing is left"


def test_what_is_not_listable_is_neither_found_nor_suggested(network: Network) -> None:
    root, ana = root_of(network), network.member("ana")
    for _ in range(2):
        ana.say("#oak #oaks #elm")
    decide(root, "oak", listable=False)
    assert found(ana, "oak") == ["oaks"]
    assert "oak" not in [each["name"] for each in ana.get("/api/v1/featured_tags/suggestions")]
    ana.say("#oak")
    decide(root, "oaks", usable=False)
    assert found(ana, "oak") == []
    decide(root, "oak", listable=True)
    assert found(ana, "oak") == ["oak"]


def test_an_unusable_hashtag_does_not_trend(network_with: Callable[..., Network]) -> None:
    network = network_with()
    root = root_of(network)
    for name in ("ana", "bo", "cy"):
        network.member(name).say("#oak")
    trending = lambda: [each["name"] for each in network.visitor.get("/api/v1/trends/tags")]  # noqa: E731
    assert trending() == ["oak"]
    assert decide(root, "oak", trendable=False)["trendable"] is False
    assert trending() == []
    assert decide(root, "oak", trendable=True)["trendable"] is True
    assert trending() == ["oak"]
    decide(root, "oak", usable=False)
    assert trending() == []


def test_a_hashtag_is_spelt_better_but_stays_the_same_word(network: Network) -> None:
    root, ana = root_of(network), network.member("ana")
    ana.say("#blackoaks")
    assert decide(root, "blackoaks", display_name="BlackOaks")["name"] == "BlackOaks"
    path = f"{TAGS}/{tag(root, 'BlackOaks')}"
    for wrong in ("WhiteOaks", "", "Black Oaks"):
        assert "display_name" in root.call("PUT", path, 422, json={"display_name": wrong}).json()["details"], wrong
    assert ana.get("/api/v1/tags/blackoaks")["name"] == "BlackOaks"
