"""Custom emojis: listed, found in texts and names, stale the moment they change."""

from __future__ import annotations

from typing import Any

import pytest

from palabre.emojis import actions
from palabre.emojis.errors import EmojiNotFound, ShortcodeTaken, WrongShortcode
from palabre.emojis.model import EmojiBook
from palabre.web.writing import Writing
from unit.api.documented import problems
from unit.api.network import Network
from unit.api.samples import NAMES, ana, view


def add(network: Network, name: str, **details: Any) -> Any:
    return network.write(actions.add_emoji, name, file=f"em/{name}.webp", still=f"em/{name}.png", **details)


def test_emojis_are_listed_and_named_where_they_are_used(network: Network) -> None:
    ana_ = network.member("ana")
    assert network.visitor.get("/api/v1/custom_emojis") == []
    post = ana_.say("Hello :tree: and :cloud:, 10:30:45", spoiler_text=":tree:", poll={
        "options": [":cloud:", "b"], "expires_in": 300,
    })  # fmt: skip
    assert post["emojis"] == []
    add(network, "tree", category="Plants")
    add(network, "cloud", visible=False)
    listed = network.visitor.get("/api/v1/custom_emojis")
    assert [one["shortcode"] for one in listed] == ["tree"]
    assert problems("CustomEmoji", listed[0]) == []
    path = f"/api/v1/statuses/{post['id']}"
    shown = network.visitor.get(path)
    assert [one["shortcode"] for one in shown["emojis"]] == ["tree", "cloud"], "the ready piece is forgotten"
    assert [one["shortcode"] for one in shown["poll"]["emojis"]] == ["cloud"]
    ana_.call("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Ana :tree:"})
    account = network.visitor.get(path)["account"]
    assert (account["display_name"], account["emojis"][0]["url"]) == ("Ana :tree:", listed[0]["url"])
    network.write(actions.remove_emoji, ":tree:")
    shown = network.visitor.get(path)
    assert [one["shortcode"] for one in shown["emojis"]] == ["cloud"]
    assert shown["account"]["emojis"] == []


@pytest.mark.parametrize("name", ["a", "", "tree!", "a b", "x" * 31, "été", "<b>"])
def test_a_name_that_cannot_stand_between_colons_is_refused(network: Network, name: str) -> None:
    with pytest.raises(WrongShortcode):
        add(network, name)


def test_a_name_is_given_once(network: Network) -> None:
    add(network, ":tree:")
    with pytest.raises(ShortcodeTaken):
        add(network, "tree")
    with pytest.raises(EmojiNotFound):
        network.write(actions.remove_emoji, "cloud")


def test_pages_put_pictures_into_texts_and_never_into_tags(network: Network) -> None:
    made = add(network, "tree")
    writing = Writing(NAMES.uris, EmojiBook([made]))
    picture = '<img class="emoji" src="/media/em/tree.webp" alt=":tree:" title=":tree:" width="20" height="20">'
    assert str(writing.text(view(ana(), "A :tree: and :cloud:"))) == f"<p>A {picture} and :cloud:</p>"
    linked = str(writing.text(view(ana(), "See https://example.org/:tree:/x?a=%22>:tree:")))
    for tag in linked.split("<a ")[1:]:
        assert picture not in tag.split(">")[0]
    hostile = ana(display_name='"><script>:tree:')
    assert str(writing.name(hostile)) == f"&quot;&gt;&lt;script&gt;{picture}"
