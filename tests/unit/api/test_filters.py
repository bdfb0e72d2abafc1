"""Filters: made and changed as apps do it, found by the server in whatever is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from listening import Listening
from palabre import clock
from palabre.api.mastodon.tails import words_of
from palabre.filters.rules import FILTERS_MOST
from palabre.ids import Kind, PostId
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Caller, Network

HOME = "/api/v1/timelines/home"


def new_filter(by: Caller, *words: str, act: str = "warn", context: list[str] | None = None, **more: Any) -> Any:
    keywords = [{"keyword": word, "whole_word": True} for word in words]
    return by.post(
        "/api/v2/filters",
        title="Spoilers",
        context=context or ["home", "notifications", "public", "thread", "account"],
        filter_action=act,
        keywords_attributes=keywords,
        **more,
    )


def test_filters_have_the_documented_shape_in_both_versions(network: Network) -> None:
    ana = network.member("ana")
    post = ana.say("Hello")["id"]
    made = new_filter(ana, "oak", "elm", expires_in=3600)
    assert problems("Filter", made) == []
    added = ana.post(f"/api/v2/filters/{made['id']}/statuses", status_id=post)
    assert problems("FilterStatus", added) == []
    shown = ana.get(f"/api/v2/filters/{made['id']}")
    assert [word["keyword"] for word in shown["keywords"]] == ["oak", "elm"]
    assert shown["statuses"] == [added] == ana.get(f"/api/v2/filters/{made['id']}/statuses")
    assert ana.get("/api/v2/filters") == [shown]
    old = ana.get("/api/v1/filters")
    assert [each["phrase"] for each in old] == ["oak", "elm"]
    assert [problems("V1_Filter", each) for each in old] == [[], []]
    bo = network.member("bo")
    bo.say("Under the oak")
    bo.follow(ana)
    ana.follow(bo)
    result = ana.get(HOME)[0]["filtered"][0]
    assert problems("FilterResult", result, without=OPTIONAL["FilterResult"]) == []
    assert (result["filter"]["title"], result["keyword_matches"], result["status_matches"]) == (
        "Spoilers",
        ["oak"],
        None,
    )


def test_a_filter_is_changed_word_by_word(network: Network) -> None:
    ana = network.member("ana")
    made = new_filter(ana, "oak", "elm", expires_in=60)
    path, (oak, elm) = f"/api/v2/filters/{made['id']}", made["keywords"]
    changed = ana.call(
        "PUT",
        path,
        json={
            "title": " Trees ",
            "context": ["public", "home"],
            "filter_action": "hide",
            "expires_in": "",
            "keywords_attributes": [
                {"id": oak["id"], "_destroy": True},
                {"id": elm["id"], "keyword": "elms", "whole_word": False},
                {"keyword": "ash"},
            ],
        },
    ).json()
    assert (changed["title"], changed["context"], changed["filter_action"], changed["expires_at"]) == (
        "Trees",
        ["home", "public"],
        "hide",
        None,
    )
    assert [(word["keyword"], word["whole_word"]) for word in changed["keywords"]] == [("elms", False), ("ash", True)]
    again = ana.call("PUT", path, data={"title": "Woods"}).json()
    assert again == {**changed, "title": "Woods"}
    word = ana.post(f"{path}/keywords", keyword="yew")
    assert (
        ana.call("PUT", f"/api/v2/filters/keywords/{word['id']}", json={"keyword": "fir"}).json()["keyword"] == "fir"
    )
    assert ana.get(f"/api/v2/filters/keywords/{word['id']}")["whole_word"] is True
    assert len(ana.get(f"{path}/keywords")) == 3
    assert ana.delete(f"/api/v2/filters/keywords/{word['id']}") == {}
    ana.get(f"/api/v2/filters/keywords/{word['id']}", 404)
    assert ana.delete(path) == {}
    ana.get(path, 404)
    assert ana.get("/api/v1/filters") == []


def test_filters_of_one_word_as_older_apps_know_them(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.follow(bo)
    bo.say("an oak")
    made = ana.post("/api/v1/filters", phrase="oak", context=["home"], irreversible=True)
    assert (made["irreversible"], made["whole_word"], made["expires_at"]) == (True, True, None)
    assert ana.get(HOME) == []
    changed = ana.call("PUT", f"/api/v1/filters/{made['id']}", json={"phrase": "elm", "context": ["home"]}).json()
    assert changed["phrase"] == "elm"
    assert len(ana.get(HOME)) == 1
    assert ana.delete(f"/api/v1/filters/{made['id']}") == {}
    assert ana.get("/api/v2/filters") == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "", "context": ["home"]}, "title"),
        ({"title": "x" * 300, "context": ["home"]}, "title"),
        ({"title": "x", "context": []}, "context"),
        ({"title": "x", "context": ["elsewhere"]}, "context"),
        ({"title": "x", "context": ["home"], "filter_action": "burn"}, "filter_action"),
        ({"title": "x", "context": ["home"], "expires_in": -1}, "expires_in"),
        ({"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": "  "}]}, "keyword"),
        ({"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": "y" * 600}]}, "keyword"),
    ],
)
def test_what_is_no_filter_is_refused_and_named(network: Network, body: dict[str, Any], field: str) -> None:
    ana = network.member("ana")
    told = ana.call("POST", "/api/v2/filters", 422, json=body).json()
    assert field in told["details"]
    assert ana.get("/api/v2/filters") == []


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_filter_that_has_ended_is_saved_as_it_is(
    network: Network, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """Mastodon for Android sends how long it would have been, which is less than nothing."""
    ana = network.member("ana")
    made = ana.post(
        "/api/v2/filters", title="x", context=["home"], expires_in=60, keywords_attributes=[{"keyword": "oak"}]
    )
    path = f"/api/v2/filters/{made['id']}" if version == "v2" else f"/api/v1/filters/{made['keywords'][0]['id']}"
    body = {"title": "y", "phrase": "oak", "context": ["home"], "expires_in": -30}
    told = ana.call("PUT", path, 422, json=body).json()
    assert "expires_in" in told["details"], "of one that goes on that is no time"
    later = clock.now() + 90_000
    monkeypatch.setattr(clock, "now", lambda: clock.Instant(later))
    saved = ana.call("PUT", path, json=body).json()
    assert saved["expires_at"] < clock.iso(clock.now())
    ana.call("PUT", path, json={**body, "expires_in": 60})
    assert ana.get("/api/v2/filters")[0]["expires_at"] > clock.iso(clock.now())


def test_there_is_an_end_to_filters(network: Network) -> None:
    ana = network.member("ana")
    for _ in range(FILTERS_MOST):
        new_filter(ana)
    ana.call("POST", "/api/v2/filters", 422, json={"title": "x", "context": ["home"]})


def test_nobody_reaches_the_filters_of_another(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    made = new_filter(ana, "oak")
    word, post = made["keywords"][0]["id"], bo.say("hello")["id"]
    one = ana.post(f"/api/v2/filters/{made['id']}/statuses", status_id=post)["id"]
    for method, path in [
        ("GET", f"/api/v2/filters/{made['id']}"),
        ("PUT", f"/api/v2/filters/{made['id']}"),
        ("DELETE", f"/api/v2/filters/{made['id']}"),
        ("GET", f"/api/v2/filters/{made['id']}/keywords"),
        ("GET", f"/api/v2/filters/keywords/{word}"),
        ("DELETE", f"/api/v2/filters/keywords/{word}"),
        ("GET", f"/api/v1/filters/{word}"),
        ("DELETE", f"/api/v1/filters/{word}"),
        ("GET", f"/api/v2/filters/statuses/{one}"),
        ("DELETE", f"/api/v2/filters/statuses/{one}"),
    ]:
        bo.call(method, path, 404, json={} if method == "PUT" else None)
    hidden = bo.say("@bo only", visibility="direct")["id"]
    ana.call("POST", f"/api/v2/filters/{made['id']}/statuses", 404, json={"status_id": hidden})
    assert len(ana.get(f"/api/v2/filters/{made['id']}/statuses")) == 1


@pytest.mark.parametrize(
    ("word", "whole", "text", "found"),
    [
        ("oak", True, "An OAK stands", True),
        ("oak", True, "cloaked", False),
        ("oak", False, "cloaked", True),
        ("#oak", True, "see #oak", True),
        ("old  oak", True, "the old\noak", True),
        ("c++", True, "I like C++, yes", True),
        ("été", True, "un ÉTÉ chaud", True),
        ("(.*)+$", True, "nothing", False),
        ("<br", False, "one\ntwo", False),
        ("& co", False, "Ana & Co", True),
    ],
)
def test_what_a_word_matches(network: Network, word: str, whole: bool, text: str, found: bool) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.follow(bo)
    bo.say(text)
    ana.post(
        "/api/v2/filters",
        title="x",
        context=["home"],
        keywords_attributes=[{"keyword": word, "whole_word": whole}],
    )
    for _ in range(2):  # the second from what was kept
        assert bool(ana.get(HOME)[0]["filtered"]) is found


def test_warnings_and_descriptions_have_words_too(network: Network) -> None:
    bo = network.member("bo")
    bo.say("text", spoiler_text="About an oak")
    bo.get(HOME)
    piece = next(iter(network.pieces.posts.entries.values()))
    assert words_of(piece) == "About an oak\n\ntext"


def test_the_choices_of_a_poll_have_words_too(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.follow(bo)
    bo.say("Which tree?", poll={"options": ["An oak", "An elm"], "expires_in": 600})
    quoted = bo.say("Quoted")["id"]
    bo.say("about an oak", quoted_status_id=quoted)
    new_filter(ana, "oak")
    assert [bool(each["filtered"]) for each in ana.get(HOME)] == [True, False, True]


def test_filters_are_found_wherever_posts_are_read(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.follow(bo)
    mine = ana.say("a question")["id"]
    post = bo.say("@ana the #oak", in_reply_to_id=mine)["id"]
    alone = bo.say("an #oak")["id"]
    ana.post(f"/api/v1/statuses/{alone}/bookmark")
    network.settle()
    new_filter(ana, "oak", "#oak")
    shown = [
        *ana.get(HOME)[:2],
        ana.get("/api/v1/timelines/public?local=true")[0],
        ana.get("/api/v1/timelines/tag/oak")[0],
        ana.get(f"/api/v1/accounts/{bo.id}/statuses")[0],
        ana.get(f"/api/v1/statuses/{post}"),
        ana.get(f"/api/v1/statuses/{mine}/context")["descendants"][0],
        ana.get("/api/v1/statuses", **{"id[]": post})[0],
        ana.get("/api/v1/bookmarks")[0],
        ana.get("/api/v1/notifications?types[]=mention")[0]["status"],
        ana.post(f"/api/v1/statuses/{post}/favourite"),
        ana.get("/api/v2/search", q=bo.get(f"/api/v1/statuses/{post}")["url"])["statuses"][0],
    ]
    assert [each["filtered"][0]["keyword_matches"] for each in shown] == [["oak", "#oak"]] * len(shown)
    assert ana.get(f"/api/v1/statuses/{mine}")["filtered"] == []
    assert bo.get(f"/api/v1/statuses/{post}")["filtered"] == []
    assert "filtered" not in network.visitor.get(f"/api/v1/statuses/{post}")


def test_what_is_hidden_is_left_out_of_lists_and_stays_where_it_is_asked_for(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    ana.follow(cy)
    ana.follow(bo)
    mine = ana.say("a question")["id"]
    post = bo.say("@ana an #oak", in_reply_to_id=mine)["id"]
    cy.post(f"/api/v1/statuses/{post}/reblog")
    network.settle()
    filtered = new_filter(ana, "oak", act="hide")["id"]

    def counts() -> list[int]:
        return [
            len([each for each in ana.get(HOME) if each["account"]["id"] != ana.id]),
            len(ana.get("/api/v1/timelines/tag/oak")),
            len(ana.get(f"/api/v1/accounts/{bo.id}/statuses")),
            len(ana.get(f"/api/v1/statuses/{mine}/context")["descendants"]),
            len(ana.get("/api/v1/notifications?types[]=mention")),
        ]

    assert counts() == [0, 0, 0, 0, 0]
    assert ana.get(f"/api/v1/statuses/{post}")["filtered"][0]["filter"]["filter_action"] == "hide"
    ana.call("PUT", f"/api/v2/filters/{filtered}", json={"context": ["public"]})
    assert counts() == [1, 0, 1, 1, 1]
    ana.delete(f"/api/v2/filters/{filtered}")
    assert counts() == [1, 1, 1, 1, 1]


def test_a_single_post_is_filtered_also_inside_a_repost_and_forgotten_with_it(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    ana.follow(cy)
    post = bo.say("plain")["id"]
    cy.post(f"/api/v1/statuses/{post}/reblog")
    made = new_filter(ana)["id"]
    ana.post(f"/api/v2/filters/{made}/statuses", status_id=post)
    ana.call("POST", f"/api/v2/filters/{made}/statuses", 422, json={"status_id": post})
    line = ana.get(HOME)[0]
    assert line["filtered"] == line["reblog"]["filtered"]
    assert line["filtered"][0]["status_matches"] == [post]
    bo.delete(f"/api/v1/statuses/{post}")
    assert ana.get(f"/api/v2/filters/{made}/statuses") == []


def test_a_filter_ends_by_itself(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.follow(bo)
    bo.say("an oak")
    new_filter(ana, "oak", expires_in=60)
    assert ana.get(HOME)[0]["filtered"]
    later = clock.now() + 61_000
    monkeypatch.setattr(clock, "now", lambda: later)
    assert ana.get(HOME)[0]["filtered"] == []


def test_a_warm_page_of_who_filters_asks_the_database_nothing(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    for each in (ana, cy):
        each.follow(bo)
    bo.say("an oak")
    new_filter(ana, "oak")
    first = [ana.get(HOME), cy.get(HOME), ana.get(HOME), cy.get(HOME)]
    asked: list[str] = []
    read = network.site.db.read

    async def noting(query: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(query.__name__)
        return await read(query, *args, **kwargs)

    monkeypatch.setattr(network.site.db, "read", noting)
    assert [ana.get(HOME), cy.get(HOME)] == first[2:]
    assert asked == []
    number = network.site.ids.decode(Kind.POST, first[0][0]["id"])
    assert network.site.lenses.plain(cy.number)
    assert PostId(number) in network.pieces.posts.entries


def test_filters_are_found_in_what_is_quoted(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    ana.follow(cy)
    quoted = bo.say("An oak", poll={"options": ["An elm", "An ash"], "expires_in": 600})["id"]
    quoting = cy.say("Look", quoted_status_id=quoted)["id"]
    cy.say("Nothing")
    made = new_filter(ana, "oak", "elm", "look")["id"]
    for _ in range(2):  # the second from what was kept
        for shown in (
            ana.get(HOME)[1],
            ana.get(f"/api/v1/statuses/{quoting}"),
            ana.get(f"/api/v1/statuses/{quoted}"),
        ):
            (found,) = shown["filtered"]
            if shown["quote"]:
                assert found["keyword_matches"] == ["look", "oak", "elm"]
                (found,) = shown["quote"]["quoted_status"]["filtered"]
            assert found["keyword_matches"] == ["oak", "elm"]
    mine = ana.say("My look", quoted_status_id=quoted)
    assert mine["filtered"] == []
    assert mine["quote"]["quoted_status"]["filtered"][0]["keyword_matches"] == ["oak", "elm"]
    ana.call("PUT", f"/api/v2/filters/{made}", json={"filter_action": "hide"})
    assert [one["id"] for one in ana.get(HOME) if one["id"] == quoting] == []
    ana.post(f"/api/v1/accounts/{bo.id}/block")
    assert [each["filtered"][0]["keyword_matches"] for each in [ana.get(f"/api/v1/statuses/{quoting}")]] == [["look"]]


def test_a_single_post_is_filtered_also_where_it_is_quoted(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    ana.follow(cy)
    quoted = bo.say("plain")["id"]
    cy.say("Look", quoted_status_id=quoted)
    made = new_filter(ana)["id"]
    ana.post(f"/api/v2/filters/{made}/statuses", status_id=quoted)
    (line,) = ana.get(HOME)
    assert line["filtered"] == line["quote"]["quoted_status"]["filtered"]
    assert line["filtered"][0]["status_matches"] == [quoted]


def test_a_muted_conversation_is_muted_also_where_it_is_quoted(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    ana.follow(cy)
    quoted = bo.say("plain")["id"]
    cy.say("Look", quoted_status_id=quoted)
    ana.post(f"/api/v1/statuses/{quoted}/mute")
    (line,) = ana.get(HOME)
    assert (line["muted"], line["quote"]["quoted_status"]["muted"]) == (False, True)


def test_filters_are_found_in_private_conversations(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    for one, other in ((ana, bo), (bo, ana)):
        one.follow(other)
    made = new_filter(ana, "oak", context=["thread"])["id"]
    listening = Listening(ana, stream="direct")
    post = bo.say("@ana an oak", visibility="direct")["id"]
    ana.post(f"/api/v1/statuses/{post}/mute")
    network.settle()
    listening.settle()
    (line,) = ana.get("/api/v1/conversations")
    read = ana.post(f"/api/v1/conversations/{line['id']}/read")
    shown = [
        line["last_status"],
        read["last_status"],
        listening.told("conversation")[0]["last_status"],
        ana.get("/api/v1/timelines/direct")[0],
    ]
    assert [each["filtered"][0]["keyword_matches"] for each in shown] == [["oak"]] * 4
    assert [each["muted"] for each in shown] == [True] * 4
    listening.settle()
    heard = len(listening.told("conversation"))
    ana.call("PUT", f"/api/v2/filters/{made}", json={"filter_action": "hide"})
    assert ana.get("/api/v1/conversations") == ana.get("/api/v1/timelines/direct") == []
    ana.post(f"/api/v1/conversations/{line['id']}/read")
    bo.say("@ana another oak", visibility="direct", in_reply_to_id=post)
    network.settle()
    listening.settle()
    assert len(listening.told("conversation")) == heard
    ana.delete(f"/api/v2/filters/{made}")
    assert ana.get("/api/v1/conversations")[0]["last_status"]["filtered"] == []


def test_filters_are_found_in_every_list_and_every_stream(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.follow(bo)
    trees = ana.post("/api/v1/lists", title="Trees")["id"]
    ana.post(f"/api/v1/lists/{trees}/accounts", account_ids=[bo.id])
    new_filter(ana, "oak")
    ana.get(HOME)
    ana.get(f"/api/v1/timelines/list/{trees}")
    asked: list[dict[str, str]] = [
        {"stream": "user"},
        {"stream": "public"},
        {"stream": "hashtag", "tag": "tree"},
        {"stream": "list", "list": trees},
    ]
    streams = [Listening(ana, **each) for each in asked]
    post = bo.say("@ana an oak #tree")["id"]
    network.settle()
    bo.call("PUT", f"/api/v1/statuses/{post}", json={"status": "@ana one oak #tree"})
    network.settle()
    shown = [ana.get(f"/api/v1/timelines/list/{trees}")[0]]
    for listening in streams:
        listening.settle()
        shown += [listening.told("update")[0], listening.told("status.update")[0]]
    told = next(each for each in streams[0].told("notification") if each["type"] == "mention")
    ana.post(f"/api/v1/statuses/{post}/favourite")
    grouped = ana.get("/api/v2/notifications")
    shown += [
        told["status"],
        grouped["statuses"][0],
        ana.get(f"/api/v1/notifications/{told['id']}")["status"],
        ana.get("/api/v1/favourites")[0],
    ]
    assert [each["filtered"][0]["keyword_matches"] for each in shown] == [["oak"]] * len(shown)


def test_filters_are_found_in_what_waits_among_the_requests(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    new_filter(ana, "oak")
    bo.say("@ana an oak", visibility="direct")
    network.settle()
    (waiting,) = ana.get("/api/v1/notifications/requests")
    assert waiting["last_status"]["filtered"][0]["keyword_matches"] == ["oak"]
    assert ana.get(f"/api/v1/notifications/requests/{waiting['id']}")["last_status"]["filtered"] != []


def test_replies_in_whatever_order_leave_out_what_is_hidden_in_threads(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    mine = ana.say("a question")["id"]
    bo.say("an oak", in_reply_to_id=mine)
    kept = bo.say("an elm", in_reply_to_id=mine)["id"]
    made = new_filter(ana, "oak", act="hide", context=["home"])["id"]
    paths = [f"/api/palabre/v1/statuses/{mine}/replies?sort={order}" for order in ("time", "votes", "author")]
    assert [len(ana.get(path)) for path in paths] == [2, 2, 2], "threads are another context"
    ana.call("PUT", f"/api/v2/filters/{made}", json={"context": ["thread"]})
    assert [[each["id"] for each in ana.get(path)] for path in paths] == [[kept]] * 3
    assert [len(bo.get(path)) for path in paths] == [2, 2, 2]


def test_what_is_hidden_among_the_notifications_is_not_counted_as_new_either(
    network: Network, count: Callable[[Callable[[], Any]], int]
) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.follow(bo)
    mine = ana.say("mine")["id"]
    for text in ("@ana an oak", "@ana an elm"):
        bo.say(text)
    bo.say("an oak quotes it", quoted_status_id=mine)
    bo.post(f"/api/v1/statuses/{mine}/favourite")
    network.settle()

    def counts() -> list[int]:
        counted = [
            ana.get(f"/api/{version}/notifications/unread_count", **query)["count"]
            for version in ("v1", "v2")
            for query in ({}, {"types[]": "mention"}, {"account_id": bo.id})
        ]
        return [*counted, sum(ana.get("/api/palabre/v1/digest")["notifications"].values())]

    assert counts() == [4, 2, 4, 4, 2, 4, 4]
    made = new_filter(ana, "oak", act="hide", context=["home", "public", "thread", "account"])["id"]
    assert counts() == [4, 2, 4, 4, 2, 4, 4], "it is for other places"
    ana.call("PUT", f"/api/v2/filters/{made}", json={"context": ["notifications"]})
    assert sorted(each["type"] for each in ana.get("/api/v1/notifications")) == ["favourite", "mention"]
    assert counts() == [2, 1, 2, 2, 1, 2, 2]
    assert count(lambda: ana.get("/api/v1/notifications/unread_count")) <= 8
    assert count(lambda: bo.get("/api/v1/notifications/unread_count")) == 2, "for who hides nothing it costs nothing"
    ana.call("PUT", f"/api/v2/filters/{made}", json={"filter_action": "warn"})
    assert counts() == [4, 2, 4, 4, 2, 4, 4]
