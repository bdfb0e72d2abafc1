"""Addresses, signatures and patience of webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from palabre.clock import DAY, SECOND
from palabre.hooks import rules
from palabre.hooks.errors import HookUrlInvalid, NoHookEvent
from palabre.hooks.model import Event


def test_the_signature_is_that_of_the_standard_webhooks_specification() -> None:
    # The example that the specification's reference libraries test with.
    headers = rules.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_signature_holds_for_one_body_one_moment_and_one_secret() -> None:
    secret = rules.PREFIX + base64.b64encode(bytes(32)).decode()
    other = rules.PREFIX + base64.b64encode(bytes(31) + b"x").decode()
    made = {
        rules.sign(*args)["webhook-signature"]
        for args in [
            (secret, "msg_1", 1, b"a"), (secret, "msg_1", 1, b"b"), (secret, "msg_1", 2, b"a"),
            (secret, "msg_2", 1, b"a"), (other, "msg_1", 1, b"a"),
        ]
    }  # fmt: skip
    assert len(made) == 5


def test_receivers_of_mastodons_webhooks_find_their_header() -> None:
    wanted = hmac.new(b"whsec_x", b"{}", hashlib.sha256).hexdigest()
    assert rules.sign_as_mastodon("whsec_x", b"{}") == {"X-Hub-Signature": f"sha256={wanted}"}


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "http://example.org/", "ftp://example.org/", "https://", "https://user@example.org/",
        "https://user:word@example.org/", "https://example.org/a b", "https://example.org/\n", "https://[::1",
        "https://example.org:99999/", "https://example.org/#x", "https://example.org/" + "a" * 2_000, "javascript:x",
        "https://example.org/\x7f",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_told_is_refused(url: str) -> None:
    if url == "https://example.org/\n":
        assert rules.check_url(url) == "https://example.org/", "ends are trimmed"
        return
    with pytest.raises(HookUrlInvalid):
        rules.check_url(url)


def test_other_addresses_are_kept_as_they_are() -> None:
    assert rules.check_url(" https://example.org:8443/a?b=c ") == "https://example.org:8443/a?b=c"
    assert rules.check_url("http://127.0.0.1:9/", plain=True) == "http://127.0.0.1:9/"


def test_only_events_of_the_kind_count() -> None:
    assert rules.check_events(["status.created", "report.created"], for_admins=False) == {Event.STATUS_CREATED}
    with pytest.raises(NoHookEvent):
        rules.check_events(["report.created", "account.created", "ping"], for_admins=False)
    with pytest.raises(NoHookEvent):
        rules.check_events([], for_admins=True)


def test_a_thousand_deliveries_that_wait_are_looked_at_a_few_times_a_second() -> None:
    assert rules.wait_behind(0) == rules.MOMENT
    for waiting in (20, 100, 1_000, 10_000):
        assert waiting / (rules.wait_behind(waiting) / SECOND) <= 4


def test_attempts_are_spread_over_three_days_and_end() -> None:
    waits = []
    while (wait := rules.wait_after(len(waits) + 1)) is not None:
        waits.append(wait)
    assert waits == sorted(waits)
    assert 3 * DAY <= sum(waits) <= 4 * DAY


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("plain", "plain"),
        ("<https://a.example/x|the page> is up", "the page (https://a.example/x) is up"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("<https://a.example|https://a.example>", "https://a.example"),
        ("<https://a.example <https://b.example|b>", "<https://a.example b (https://b.example)"),
        ("<https://a.<https://b.example|b>", "<https://a.b (https://b.example)"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt;", "&lt;"),
        ("<script>alert(1)</script> &quot;", "<script>alert(1)</script> &quot;"),
    ],
)
def test_what_is_written_for_slack_reads_well(written: str, meant: str) -> None:
    assert rules.from_slack(written) == meant
