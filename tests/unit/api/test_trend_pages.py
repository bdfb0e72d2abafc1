"""What trends, on the pages: to visitors and members, and for those who decide about it; without a script."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import httpx
import pytest

from palabre import metrics
from palabre.accounts.actions import NewMember, create_member
from palabre.accounts.credentials import hash_password
from palabre.accounts.model import Role
from palabre.moderation.acts import acts_page
from palabre.paging import Window
from palabre.server import application
from unit.api.network import Caller, Network
from unit.api.test_trending_links import BLOG, NEWS, link
from unit.api.test_trending_posts import like, members

_DISCOVER = "/local"
_PASSWORD = "a long password"  # only of this test


class Reader:
    """A browser without a script."""

    def __init__(self, network: Network, language: str = "en") -> None:
        self.network = network
        transport = httpx.ASGITransport(app=application(network.site, metrics.Requests()))
        headers = {"Accept-Language": language, "Origin": network.site.origin}
        self.client = httpx.AsyncClient(transport=transport, base_url=network.site.origin, headers=headers)
        self.token = ""

    def get(self, path: str, status: int = 200) -> str:
        answer = self.network.run(self.client.get(path))
        assert answer.status_code == status, answer.text[:500]
        found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
        return html.unescape(answer.text)

    def post(self, path: str, status: int = 303, **fields: str) -> str:
        answer = self.network.run(self.client.post(path, data={"csrf": self.token, **fields}))
        assert answer.status_code == status, answer.text[:500]
        return str(answer.text)


def root_reader(network: Network) -> Reader:
    made = NewMember(username="root", password_hash=hash_password(_PASSWORD), role=Role.ADMIN)
    network.write(create_member, network.site.keyring, made)
    reader = Reader(network)
    reader.get("/auth/sign_in")
    reader.post("/auth/sign_in", name="root", password=_PASSWORD)
    return reader


@pytest.fixture
def crowd(network: Network) -> list[Caller]:
    return members(network)


def everything(network: Network, crowd: list[Caller]) -> dict[str, str]:
    """Let a hashtag, a page and a post trend."""
    ana, *others = crowd
    for member in crowd[:3]:
        member.say("#gardens")
    link(network, crowd[:3])
    post = ana.say("Everybody likes <this>")
    like(post, others)
    return {"post": f"/@ana/{post['id']}", "ref": post["id"]}


def test_discover_shows_what_trends(network: Network, crowd: list[Caller]) -> None:
    made = everything(network, crowd)
    page = Reader(network).get(_DISCOVER)
    above = page[: page.index("New posts")]
    for shown in ("#gardens", f'class="link-card" href="{NEWS}"', f'class="trend-post" href="{made["post"]}"'):
        assert shown in above
    assert "Everybody likes <this>" in above
    [address] = re.findall(r'href="(/links\?url=[^"]+)"', above)
    assert Reader(network).get(address).count('class="post"') == 3
    assert "Toutes les tendances" in Reader(network, "fr").get(_DISCOVER)
    whole = Reader(network).get("/trends")
    for shown in ("#gardens", f'href="{NEWS}"', f'data-post="{made["ref"]}"'):
        assert shown in whole
    assert "Tendances" in Reader(network, "fr").get("/trends")


def test_posts_with_a_link_are_on_a_page(network: Network, crowd: list[Caller]) -> None:
    [first, *_] = link(network, crowd[:3])
    link(network, [crowd[3]], visibility="private")
    page = Reader(network).get(f"/links?url={NEWS}")
    assert page.count('class="post"') == 3
    assert f'data-post="{first}"' in page
    link(network, crowd[:1], BLOG, visibility="private")
    hidden, absent = (Reader(network).get(f"/links?url={url}") for url in (BLOG, f"{BLOG}s"))
    strip = lambda text: re.sub(r'value="[^"]*"', "", text).replace("entrys", "entry")  # noqa: E731
    assert strip(hidden) == strip(absent)
    assert "Of https" not in hidden
    odd = Reader(network).get("/links?url=javascript:alert(1)")
    assert 'href="javascript' not in odd


def test_discover_says_nothing_of_trends_where_nothing_trends(network: Network, crowd: list[Caller]) -> None:
    crowd[0].say("hello")
    page = Reader(network).get(_DISCOVER)
    assert ("hello" in page, "All trends" in page, "New posts" in page) == (True, False, False)


def test_nothing_trends_where_trends_are_off(network_with: Callable[..., Network]) -> None:
    network = network_with(trends="off")
    everything(network, members(network))
    assert "All trends" not in Reader(network).get(_DISCOVER)
    assert "Nothing trends" in Reader(network).get("/trends")


def test_administrators_decide_about_each_kind(network: Network, crowd: list[Caller]) -> None:
    root = root_reader(network)
    everything(network, crowd)
    page = root.get("/admin/trends")
    places = list(dict.fromkeys(re.findall(r'action="(/admin/trends/[^"]+)"', page)))
    kinds = [re.sub(r"\d{31}", "N", place) for place in places]
    assert kinds == [f"/admin/trends/{kind}N" for kind in ("", "posts/", "links/", "publishers/")]
    paths = [f"/api/v1/trends/{kind}" for kind in ("tags", "statuses", "links", "links")]
    places[2:] = places[:1:-1]  # what is decided about a page goes before what is decided about its publisher
    for place, path in zip(places, paths, strict=True):
        assert len(network.visitor.get(path)) == 1
        root.post(place, trendable="0")
        assert network.visitor.get(path) == []
        assert root.get("/admin/trends").count("Rejected") >= 1
        root.post(place, trendable="1")
        assert len(network.visitor.get(path)) == 1
    done = network.run(network.site.db.read(acts_page, Window()))
    assert [view.deed.act.value for view in done.items[::-1]] == [
        "trend_rejected", "trend_approved", "post_trend_rejected", "post_trend_approved",
        *["trend_rejected", "trend_approved"] * 2,
    ]  # fmt: skip
    assert [view.deed.subject for view in done.items[:4:2]] == [NEWS, "news.example.org"]
    about = root.get(f"/admin/accounts/{crowd[0].id}")
    assert "Post kept out of the trends" in about
    [shown] = set(re.findall(r'href="(/@ana/\d{31})"', about))
    assert "Everybody likes" in Reader(network).get(shown)


def test_a_count_is_new_for_whoever_decides(network: Network, crowd: list[Caller]) -> None:
    root = root_reader(network)
    assert "Nothing trends" in root.get("/admin/trends")
    everything(network, crowd)
    assert "#gardens" in root.get("/admin/trends")
    assert [tag["name"] for tag in network.visitor.get("/api/v1/trends/tags")] == ["gardens"]
