"""Who may reply, and the queue of replies, on pages and without a script; what waits shows on no page."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from contextlib import ExitStack
from typing import Any

from websockets.sync.client import ClientConnection, connect

from browsing import PASSWORD, Browsing
from palabre.api import routes as api
from palabre.edge.binding import id_kind
from palabre.ids import Kind
from palabre.streaming.channels import NAMES
from palabre.web import routes as web
from running import Person, RunningServer
from standbys import until


def members(server: RunningServer, *names: str) -> list[tuple[Person, Browsing]]:
    found = server.accounts(list(names), password=PASSWORD)
    return [(each, Browsing(server).sign_in(each)) for each in found]


def say(person: Person, text: str, **more: Any) -> dict[str, Any]:
    with person.client() as http:
        return dict(http.post("/api/v1/statuses", json={"status": text, **more}).raise_for_status().json())


def page_of(name: str, post: dict[str, Any]) -> str:
    return f"/@{name}/{post['id']}"


def test_whoever_may_not_reply_is_told_why(server: RunningServer) -> None:
    (ana, of_ana), (_, of_ben) = members(server, "ana1", "ben1")
    assert of_ana.get("/compose").text.count('name="reply_policy"') == 1
    made = of_ana.post("/compose", data={"text": "Listen", "reply_policy": "followers"})
    assert made.status_code == 303
    with ana.client() as http:
        me = http.get("/api/v1/accounts/verify_credentials").json()["id"]
        [post] = http.get(f"/api/v1/accounts/{me}/statuses").json()
    assert post["reply_policy"] == "followers"
    page = of_ben.get(page_of("ana1", post)).text
    assert "Only followers of the author" in page
    assert 'id="composer"' not in page
    answer = of_ben.get(f"/compose?reply_to={post['id']}")
    assert answer.status_code == 403
    assert "The author of this conversation does not allow you to reply." in answer.text
    refused = of_ben.post("/compose", data={"text": "But I typed this", "reply_to": post["id"]})
    assert refused.status_code == 422
    assert "But I typed this" in refused.text
    assert "The author of this conversation does not allow you to reply." in refused.text
    changed = of_ana.post(f"/posts/{post['id']}/edit", data={"text": "Listen", "reply_policy": "all"})
    assert changed.status_code == 303
    assert 'id="composer"' in of_ben.get(page_of("ana1", post)).text
    assert of_ben.post("/compose", data={"text": "Now", "reply_to": post["id"]}).status_code == 303


def test_the_queue_on_its_page(server: RunningServer) -> None:
    (ana, of_ana), (ben, of_ben), (cy, of_cy) = members(server, "ana2", "ben2", "cy2")
    assert of_ana.post("/settings/replies/options", data={"reply_approval": "all"}).status_code == 303
    root = say(ana, "What do you think?")
    place = page_of("ana2", root)
    sent = of_ben.post("/compose", data={"text": "ben says one", "reply_to": root["id"], "next": place})
    assert sent.status_code == 303
    mine = of_ben.get(place).text
    assert "Your reply waits" in mine
    assert "ben says one" in mine
    assert "Waits for approval" in mine
    say(ben, "ben says two", in_reply_to_id=root["id"])
    others = [say(cy, f"cy says {n}", in_reply_to_id=root["id"]) for n in range(3)]
    visitor = Browsing(server)
    for browser in (of_ana, of_cy, visitor):
        assert "ben says" not in browser.get(place).text
    queue = of_ana.get("/settings/replies").text
    assert queue.count("ben says") == 2
    assert "Waiting (5)" in queue
    one = re.search(r'action="/settings/replies/(\d{31})"', queue[queue.index("ben says one") :])
    assert one is not None
    assert of_ana.post(f"/settings/replies/{one[1]}", data={"state": "approved"}).status_code == 303
    assert "ben says one" in visitor.get(place).text
    ticked = [each["id"] for each in others[:2]]
    assert of_ana.post("/settings/replies", data={"state": "denied", "replies[]": ticked}).status_code == 303
    account = others[0]["account"]["id"]
    assert of_ana.post(f"/settings/replies/of/{account}", data={"state": "spam"}).status_code == 303
    for state, count in (
        ("", "Waiting (1)"),
        ("approved", "Approved (1)"),
        ("denied", "Denied (2)"),
        ("spam", "Spam (1)"),
    ):
        assert count in of_ana.get(f"/settings/replies?state={state or 'pending'}").text
    assert "cy says" not in visitor.get(place).text
    assert of_ben.post(f"/settings/replies/{ticked[0]}", data={"state": "approved"}).status_code == 404


def test_a_hidden_reply_is_folded_away_at_the_end(server: RunningServer) -> None:
    (ana, of_ana), (ben, of_ben) = members(server, "ana3", "ben3")
    root = say(ana, "Hello")
    rude = say(ben, "so rude", in_reply_to_id=root["id"])
    say(ben, "so kind", in_reply_to_id=root["id"])
    place = page_of("ana3", root)
    assert f"/posts/{rude['id']}/hide" in of_ana.get(place).text
    assert f"/posts/{rude['id']}/hide" not in of_ben.get(place).text
    assert of_ana.post(f"/posts/{rude['id']}/hide", data={"next": place}).status_code == 303
    page = Browsing(server).get(place).text
    fold = page.index("Replies that the author has hidden")
    assert page.index("so kind") < fold < page.index("so rude")
    assert of_ana.post(f"/posts/{rude['id']}/unhide", data={"next": place}).status_code == 303
    assert "Replies that the author has hidden" not in of_ana.get(place).text


_WORDS = (
    "needle",
    "needle pending",
    '"needle pending"',
    "from:ben4",
    "from:ben4 needle",
    "#talk4",
    "-x needle",
    "lang:en needle",
)
_STREAMS: tuple[dict[str, str], ...] = (
    *({"stream": name} for name in NAMES if not name.startswith(("hashtag", "list"))),
    {"stream": "hashtag", "tag": "talk4"},
    {"stream": "hashtag:local", "tag": "talk4"},
)


def _listen(stack: ExitStack, server: RunningServer, person: Person, writer: str) -> ClientConnection:
    """Listen to all that there is, a list with the writer among it."""
    with person.client() as http:
        made = http.post("/api/v1/lists", json={"title": "All of them"}).raise_for_status().json()["id"]
        http.post(f"/api/v1/lists/{made}/accounts", json={"account_ids": [writer]}).raise_for_status()
    address = f"ws://127.0.0.1:{server.port}/api/v1/streaming"
    headers = {"Authorization": f"Bearer {person.token}"}
    live = stack.enter_context(connect(address, additional_headers=headers, proxy=None))
    for each in (*_STREAMS, {"stream": "list", "list": made}):
        live.send(json.dumps({"type": "subscribe", **each}))
    live.send(json.dumps({"type": "subscribe", "stream": "nowhere"}))
    assert json.loads(live.recv(timeout=60))["error"] == "Unknown stream type", (
        "it listens to all that was asked before"
    )
    return live


def _heard(live: ClientConnection, last: str, *, told: bool) -> str:
    """Return all that came until ``last`` has come, publicly and, if the reader is ``told`` of it, to him."""
    came: list[str] = []
    missing = {"public", *(["user:notification"] if told else [])}
    while missing:
        came.append(str(live.recv(timeout=60)))
        if last in came[-1]:
            missing.discard(json.loads(came[-1])["stream"][0])
    return "\n".join(came)


def test_a_thousand_tries_find_nothing_of_what_waits(server: RunningServer) -> None:
    """Every route that shows something, every stream, feeds and search, by all but who wrote it and who decides."""
    (ana, of_ana), (ben, of_ben), (cy, of_cy), (fan, of_fan) = members(server, "ana4", "ben4", "cy4", "fan4")
    of_ana.post("/settings/replies/options", data={"reply_approval": "all"})
    root = say(ana, "Hello #talk4")
    with ben.client() as http:
        writer = http.get("/api/v1/accounts/verify_credentials").json()["id"]
        http.patch("/api/v1/accounts/update_credentials", json={"indexable": True}).raise_for_status()
    for each in (cy, fan, ana):
        with each.client() as http:
            http.post(f"/api/v1/accounts/{writer}/follow").raise_for_status()
    stack = ExitStack()
    lives = [_listen(stack, server, each, writer) for each in (ana, cy, fan)]
    waiting = {
        state: say(ben, f"needle {state} thimble @cy4 @fan4 #talk4", in_reply_to_id=root["id"])["id"]
        for state in ("pending", "denied", "muted", "spam")
    }
    with ana.client() as http, ben.client() as writing:
        for state, post in waiting.items():
            if state != "pending":
                http.post(f"/api/palabre/v1/reply_requests/{post}", json={"state": state}).raise_for_status()
            edited = {"status": f"needle {state} thimble @cy4 @fan4 @ana4 #talk4 #other4"}
            writing.put(f"/api/v1/statuses/{post}", json=edited).raise_for_status()
    tried: Counter[str] = Counter()
    found = []
    last = say(ben, "straw for @cy4 and @fan4 #talk4")["id"]
    until(lambda: last in of_cy.get("/search?q=straw").text, "search finds what does not wait")
    for number, live in enumerate(lives):
        text = _heard(live, last, told=number > 0)
        tried["stream"] += len(waiting) * (len(_STREAMS) + 1)
        if "thimble" in text or any(each in text for each in waiting.values()):
            found.append(("a stream", text))
    stack.close()

    def look(path: str, browser: Browsing, token: str, params: dict[str, str]) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token and path.startswith(("/api/", "/oauth/")) else {}
        answer = browser.http.get(path, headers=headers, params=params)
        way = "feed" if path.endswith((".rss", ".atom")) else "search" if "search" in path else path.split("/")[1]
        tried[way if way in {"api", "feed", "search"} else "page"] += 1
        asked = path + "".join(params.values())
        shown = any(each in answer.text for each in waiting.values() if each not in asked)
        if shown or "thimble" in answer.text:
            found.append((path, str(answer.status_code)))

    words = {"name": ["ben4", "ana4"], "tag": ["talk4"], "hashtag": ["talk4", "other4"]}
    places = {Kind.POST: [root["id"], *waiting.values()], Kind.ACCOUNT: [writer, root["account"]["id"]]}
    callers = [(of_ana, ana.token), (of_cy, cy.token), (of_fan, fan.token), (Browsing(server), "")]
    for one in [*api.ENDPOINTS, *web.ENDPOINTS]:
        if one.method != "GET" or "/streaming" in one.path or one.path == "/live/home":
            continue
        paths = [one.path]
        for name, annotation in one.path_params.items():
            kind = id_kind(annotation)
            given = words.get(name, ["x"]) if kind is None else places.get(kind, ["1" * 31])
            if "tags/{name}" in one.path:
                given = ["talk4"]
            paths = [path.replace(f"{{{name}}}", word) for path in paths for word in given]
        for path, (browser, token) in itertools.product(paths, callers):
            if token == ana.token and ("reply_requests" in path or path == "/settings/replies"):
                continue  # it is for her to decide
            look(path, browser, token, {"q": "needle"})
    addresses = [f"{server.base_url}/@ben4/{post}" for post in waiting.values()]
    lists = (f"/api/v1/accounts/{writer}/statuses", "/api/v1/timelines/home", "/api/v1/timelines/tag/talk4")
    for browser, token in callers:
        for path, words_of in itertools.product(
            ("/api/v2/search", "/api/v1/search", "/search"), (*_WORDS, *addresses)
        ):
            look(path, browser, token, {"q": words_of, "resolve": "true"})
        for path, bound, post in itertools.product(lists, ("max_id", "min_id", "since_id"), waiting.values()):
            look(path, browser, token, {bound: post})
        for path, address in itertools.product(("/api/oembed", "/api/v1/timelines/link"), addresses):
            look(path, browser, token, {"url": address})
    assert found == []
    assert tried["api"] >= 500, tried
    assert min(tried[way] for way in ("stream", "search", "page")) >= 100, tried
    assert tried["feed"] >= 16, tried
    assert tried.total() >= 1_000, tried
    assert "thimble" in of_ben.get(page_of("ana4", root)).text
