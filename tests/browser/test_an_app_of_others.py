"""An app in the browser, at an address of its own: it opens the page of consent in a window, and calls the API."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.steps import member
from running import RunningServer

pytestmark = pytest.mark.browser

_PAGE = b"""<!doctype html><html lang="en"><title>App</title><body><script>
if (window.opener) {
  window.opener.postMessage(new URLSearchParams(location.search).get('code'), location.origin);
  window.close();
}
</script></body></html>"""
_BEGIN = """async ([network, back]) => {
  const asked = (path, body, token) => fetch(network + path, {
    method: body ? 'POST' : 'GET', body: body && JSON.stringify(body),
    headers: {
      'Content-Type': 'application/json', ...(token && {Authorization: `Bearer ${token}`, 'Idempotency-Key': 'k'}),
    },
  }).then((answer) => answer.json());
  window.asked = asked;
  window.app = await asked('/api/v1/apps', {client_name: 'App', redirect_uris: back, scopes: 'read write'});
  window.code = new Promise((come) => addEventListener('message', (event) => come(event.data)));
  window.open(`${network}/oauth/authorize?` + new URLSearchParams({
    client_id: app.client_id, redirect_uri: back, response_type: 'code', scope: 'read write',
  }), 'consent', 'popup,width=500,height=600');
}"""
_GO_ON = """async (back) => {
  const {access_token: token} = await asked('/oauth/token', {
    grant_type: 'authorization_code', client_id: app.client_id, client_secret: app.client_secret,
    redirect_uri: back, code: await window.code,
  });
  const post = await asked('/api/v1/statuses', {status: 'From an app in the browser'}, token);
  const home = await asked('/api/v1/timelines/home', undefined, token);
  const avatar = new Image();
  avatar.crossOrigin = 'anonymous';
  avatar.src = post.account.avatar_static;
  await avatar.decode();
  return [post.id, home[0].id, avatar.naturalWidth > 0];
}"""


class _Quiet(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # the name that http.server looks for
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(_PAGE)))
        self.end_headers()
        self.wfile.write(_PAGE)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of the app: another origin than the network's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Quiet)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_app_in_the_browser_gets_its_window_back_and_may_call(
    sqlite_server: RunningServer, context: BrowserContext, browser_page: Page, elsewhere: str
) -> None:
    person = member(sqlite_server, "of_an_app")
    assert person.password is not None
    browser_page.goto(elsewhere)
    with context.expect_page() as opened:
        browser_page.evaluate(_BEGIN, [sqlite_server.base_url, elsewhere])
    consent = opened.value
    consent.get_by_label("User name").fill(person.username)
    consent.get_by_label("Password").fill(person.password)
    consent.get_by_role("button", name="Sign in", exact=True).click()
    expect(consent.get_by_text("App", exact=True).first).to_be_visible()
    with consent.expect_event("close"):
        consent.locator('button[value="yes"]').click()
    made, first, drawn = browser_page.evaluate(_GO_ON, elsewhere)
    assert made == first
    assert drawn
