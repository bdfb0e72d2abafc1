"""The code that shows a post elsewhere: to be copied, by a button or by hand."""

from __future__ import annotations

import html
import re

import httpx

from unit.api.browsers import browsing
from unit.api.network import ORIGIN, Network
from unit.api.test_trend_pages import Reader


def test_the_code_stands_there_to_be_copied_by_a_button_or_by_hand(network: Network) -> None:
    ana, browser = browsing(network, "ana", language="fr")
    ana.call("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": 'Ana "the oak" <x>'})
    post = ana.say("An oak")
    address = f"/@ana/{post['id']}/embed_code"
    for reader in (browser, Reader(network)):
        assert f'href="{address}"' in reader.get(f"/@ana/{post['id']}")
    answer: httpx.Response = network.run(browser.client.get(address))
    [shown] = re.findall(r"<textarea[^>]* readonly[^>]*>(.*?)</textarea>", answer.text, re.DOTALL)
    [copied] = re.findall(r'data-copy="([^"]*)"', answer.text)
    code = html.unescape(shown)
    assert html.unescape(copied) == code
    frame = re.fullmatch(r'<iframe src="([^"]*)" title="([^"]*)" width="400" height="300" [^<>]*></iframe>', code)
    assert frame is not None
    assert frame[1] == f"{ORIGIN}/@ana/{post['id']}/embed"
    assert html.unescape(frame[2]).startswith('Ana "the oak" <x> · ')
    assert "Copier le code" in answer.text
    assert network.run(browser.client.get(frame[1].removeprefix(ORIGIN))).status_code == 200


def test_there_is_none_of_what_not_everybody_may_read(network: Network) -> None:
    ana, browser = browsing(network, "ana")
    post = ana.say("For followers", visibility="private")
    assert "embed_code" not in browser.get(f"/@ana/{post['id']}")
    browser.get(f"/@ana/{post['id']}/embed_code", 404)
