"""The app believes the same beacons and proofs as the server: the shared vectors, with the browser's own Ed25519."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page

import beacon_vectors
from running import ROOT

pytestmark = pytest.mark.browser

VECTORS = json.loads(beacon_vectors.FILE.read_text("utf-8"))
_SCRIPT = ROOT / "src/palabre/web/assets/js/worker/beacon.js"


@pytest.fixture
def script(browser_page: Page) -> Page:
    """A page that may load the worker's module about beacons."""
    browser_page.route("http://vectors.localhost/", lambda route: route.fulfill(body="", content_type="text/html"))
    browser_page.route(
        "http://vectors.localhost/beacon.js",
        lambda route: route.fulfill(body=_SCRIPT.read_text("utf-8"), content_type="text/javascript"),
    )
    browser_page.goto("http://vectors.localhost/")
    return browser_page


def test_the_browser_believes_what_the_server_does(script: Page) -> None:
    results = script.evaluate(
        """async ({ beacons, now }) => {
            const { verified } = await import("/beacon.js");
            return Promise.all(beacons.map(({ text, pin }) =>
                verified(text, pin, now).then(({ pin }) => ({ after: pin }), (error) => ({ refused: error.code }))));
        }""",
        VECTORS,
    )
    wanted = [{key: case[key] for key in ("after", "refused") if key in case} for case in VECTORS["beacons"]]
    assert dict(zip((case["name"] for case in VECTORS["beacons"]), results, strict=True)) == dict(
        zip((case["name"] for case in VECTORS["beacons"]), wanted, strict=True)
    )


def test_the_browser_believes_the_same_proofs(script: Page) -> None:
    results = script.evaluate(
        """async ({ proofs, pin, origin }) => {
            const { proven } = await import("/beacon.js");
            return Promise.all(proofs.map(({ proof, nonce }) => proven(proof, pin, origin, nonce)));
        }""",
        VECTORS,
    )
    assert results == [case["says"] for case in VECTORS["proofs"]]
