from __future__ import annotations

import pytest

from palabre.edge.endpoint import Page, endpoint
from palabre.edge.paging import Paging, page
from palabre.edge.request import Request
from palabre.ids import Kind
from palabre.paging import Slice, empty


class Listing(Paging):
    only_media: bool = False


@endpoint("GET", "/api/list/{word}")
async def listing(word: str, query: Listing, request: Request) -> Page:
    window = query.window(request.app.ids, Kind.POST)
    if word == "none":
        return page(request, empty(), Kind.POST)
    told = [window.before, window.since, window.after, window.limit]
    return page(request, Slice([1, 2], newest=900, oldest=100), Kind.POST, told, more=word != "end")


def test_bounds_are_public_ids_and_the_limit_is_brought_into_its_range(ask, ids) -> None:
    at = ids.encode(Kind.POST, 42)
    for query, window in {
        "": [None, None, None, 20],
        f"max_id={at}&limit=5": [42, None, None, 5],
        f"since_id={at}&limit=4000": [None, 42, None, 40],
        f"min_id={at}&limit=0": [None, None, 42, 1],
        "min_id=0&max_id=&limit=-3": [None, None, 0, 1],
    }.items():
        assert ask([listing], "GET", f"/api/list/x?{query}").json() == window


@pytest.mark.parametrize("cursor", ["42", "0", "abc", "1" * 31])
def test_a_cursor_of_nobody_is_refused_by_name(ask, ids, cursor) -> None:
    for wrong in (cursor, ids.encode(Kind.ACCOUNT, 42)):
        answer = ask([listing], "GET", f"/api/list/x?max_id={wrong}")
        assert answer.status_code == 422
        assert "max_id" in answer.json()["error"]


def test_links_lead_to_the_neighbours_and_keep_the_query(ask, ids) -> None:
    cursor = ids.encode(Kind.POST, 500)
    answer = ask([listing], "GET", f"/api/list/x?limit=2&max_id={cursor}&only_media=true")
    last, first = ids.encode(Kind.POST, 100), ids.encode(Kind.POST, 900)
    assert answer.headers["link"] == (
        f'<https://palabre.test/api/list/x?limit=2&only_media=true&max_id={last}>; rel="next", '
        f'<https://palabre.test/api/list/x?limit=2&only_media=true&min_id={first}>; rel="prev"'
    )
    assert answer.links["next"]["url"].endswith(last)


def test_the_last_page_has_no_next_and_an_empty_one_no_link(ask) -> None:
    assert list(ask([listing], "GET", "/api/list/end").links) == ["prev"]
    assert "link" not in ask([listing], "GET", "/api/list/none").headers


@pytest.mark.parametrize("evil", ["a%0d%0aSet-Cookie:%20x=1", "a%3E;%20rel=next,%3Chttps:", "été"])
def test_nothing_in_the_path_or_the_query_leaves_its_link(ask, evil) -> None:
    answer = ask([listing], "GET", f"/api/list/{evil}?limit=2&x={evil}&y[]=<é>")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert list(answer.links) == ["next", "prev"]
    assert answer.headers["link"].isascii()
    assert "\n" not in answer.headers["link"]
    assert answer.headers["link"].count("<") == 2
