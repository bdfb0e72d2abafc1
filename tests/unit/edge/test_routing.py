from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse

from palabre.edge.endpoint import endpoint
from palabre.edge.routing import Raw, Router


@endpoint("GET", "/api/lists")
async def lists() -> str:
    return "lists"


@endpoint("POST", "/api/lists")
async def new_list() -> str:
    return "new"


@endpoint("GET", "/api/lists/{one}")
async def one_list(one: str) -> str:
    return f"list {one}"


@endpoint("GET", "/api/lists/mine")
async def mine() -> str:
    return "mine"


@endpoint("GET", "/api/lists/{one}/accounts/{number}")
async def member(one: str, number: int) -> list[object]:
    return [one, number]


@endpoint("GET", "/api/lists/mine/{what}")
async def mine_what(what: str) -> str:
    return f"mine {what}"


@endpoint("GET", "/files/{name:path}")
async def files(name: str) -> str:
    return name


@endpoint("GET", "/@{name}")
async def person(name: str) -> str:
    return f"person {name}"


@endpoint("GET", "/{page}")
async def any_page(page: str) -> str:
    return f"page {page}"


ROUTES = [any_page, person, lists, new_list, one_list, mine, member, mine_what, files]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/api/lists", "lists"),
        ("/api/lists/", "lists"),
        ("/api/lists/mine", "mine"),
        ("/api/lists/other", "list other"),
        ("/api/lists/other/", "list other"),
        ("/api/lists/mine/accounts/3", ["mine", 3]),
        ("/api/lists/mine/posts", "mine posts"),
        ("/api/lists/%C3%A9t%C3%A9", "list été"),
        ("/files/a/b.css", "a/b.css"),
        ("/@ana", "person ana"),
        ("/@ana@example.org", "person ana@example.org"),
        ("/@", "page @"),
        ("/about", "page about"),
    ],
)
def test_a_path_finds_its_endpoint_words_before_placeholders(ask, path, found) -> None:
    assert ask(ROUTES, "GET", path).json() == found


@pytest.mark.parametrize(
    "path", ["/", "/api/none", "/api/lists/a/b", "/api/lists/a/accounts", "/API/lists", "//api/lists"]
)
def test_a_path_of_nobody_is_not_found(ask, path) -> None:
    answer = ask(ROUTES, "GET", "https://palabre.test" + path)
    assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})


def test_a_method_that_is_missing_is_refused_with_those_that_exist(ask) -> None:
    answer = ask(ROUTES, "DELETE", "/api/lists")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert ask(ROUTES, "HEAD", "/api/lists").status_code == 200


@pytest.mark.parametrize(("there", "asked"), [("PUT", "PATCH"), ("PATCH", "PUT")])
def test_a_change_may_come_as_either_of_both_methods(ask, there, asked) -> None:
    path = "/api/lists/{one}"
    app = [Raw("GET", path, PlainTextResponse("x")), Raw(there, path, PlainTextResponse("y"))]
    assert (ask(app, asked, "/api/lists/a").text, ask(app, there, "/api/lists/a").text) == ("y", "y")
    assert ask(app, "POST", "/api/lists/a").headers["allow"] == "GET, HEAD, PATCH, PUT"
    both = [*app, Raw(asked, path, PlainTextResponse("z"))]
    assert ask(both, asked, "/api/lists/a").text == "z", "what has a route of its own keeps it"


def test_a_word_does_not_hide_another_method_of_the_placeholder(ask) -> None:
    app = [mine, Raw("DELETE", "/api/lists/{one}", PlainTextResponse("gone"))]
    assert ask(app, "DELETE", "/api/lists/mine").text == "gone"


def test_other_paths_go_to_the_application_behind(ask, state) -> None:
    router = Router(ROUTES, state=state, otherwise=PlainTextResponse("a page"))
    assert ask(router, "GET", "/about/us").text == "a page"


def test_routes_that_contradict_each_other_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="two routes"):
        Router([lists, lists])
    with pytest.raises(ValueError, match="other names"):
        Router([one_list, Raw("POST", "/api/lists/{other}", PlainTextResponse("x"))])
    with pytest.raises(ValueError, match="only a file's ending"):
        Router([Raw("GET", "/{name}-{other}", PlainTextResponse("x"))])


def test_a_placeholder_may_end_as_a_file_does(ask) -> None:
    app = [
        Raw("GET", "/@{name}", PlainTextResponse("a page")),
        Raw("GET", "/@{name}.rss", PlainTextResponse("a feed")),
    ]
    assert ask(app, "GET", "/@ana").text == "a page"
    assert ask(app, "GET", "/@ana.rss").text == "a feed"
    assert ask(app, "GET", "/@.rss").text == "a page", "an empty name is none"
    assert ask(app, "GET", "/@ana.atom").text == "a page"
