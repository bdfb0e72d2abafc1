from __future__ import annotations

import pytest

from palabre.edge.addresses import Proxies, origin_of
from palabre.edge.endpoint import endpoint
from palabre.edge.limits import Limits, Rate, RateExceeded
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId

RATES = {
    "api": Rate(5, 50), "anonymous": Rate(3, 30), "network": Rate(6, 60), "statuses": Rate(2, 20),
    "sign_in": Rate(2, 20), "sign_up": Rate(2, 20),
}  # fmt: skip


class Watch:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def buckets(watch: Watch, **options) -> Limits:
    return Limits(rates=RATES, now=watch, **options)


def test_a_full_bucket_refuses_until_it_has_leaked() -> None:
    watch = Watch()
    limits = buckets(watch)
    assert [limits.spend("anonymous", "a").remaining for _ in range(3)] == [2, 1, 0]
    with pytest.raises(RateExceeded) as refused:
        limits.spend("anonymous", "a")
    assert 4 < refused.value.details["retry_after"] <= 10
    limits.spend("anonymous", "b")
    watch.now += 10
    limits.spend("anonymous", "a")
    with pytest.raises(RateExceeded):
        limits.spend("anonymous", "a")
    watch.now += 1000
    assert limits.spend("anonymous", "a").remaining == 2


def test_refused_requests_do_not_make_it_worse() -> None:
    watch = Watch()
    limits = buckets(watch)
    limits.spend("anonymous", "a", cost=3)
    for _ in range(50):
        with pytest.raises(RateExceeded):
            limits.spend("anonymous", "a")
    watch.now += 10
    limits.spend("anonymous", "a")


def test_buckets_are_bounded_and_the_longest_unused_go() -> None:
    limits = buckets(Watch(), most_buckets=10)
    for number in range(1000):
        limits.spend("anonymous", number)
        limits.spend("anonymous", "busy", cost=0)
    assert len(limits) == 10
    assert limits.spend("anonymous", 999).remaining == 1


def test_limits_that_are_off_refuse_nothing_and_keep_nothing() -> None:
    limits = buckets(Watch(), enabled=False)
    for _ in range(100):
        limits.spend("statuses", "a")
    assert len(limits) == 0


@endpoint("GET", "/read")
async def read(viewer: Viewer | None) -> str:
    return "read"


@endpoint("POST", "/write", limit="statuses")
async def write(viewer: Viewer) -> str:
    return "written"


def test_an_endpoint_tells_what_is_left_and_refuses_the_rest(ask, state) -> None:
    state.limits = buckets(Watch())
    answers = [ask([read], "GET", "/read") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    last = answers[-1].headers
    assert last["x-ratelimit-limit"] == "3"
    assert last["x-ratelimit-reset"].endswith("Z")
    assert 5 <= int(last["retry-after"]) <= 10


def test_a_member_has_a_bucket_of_his_own_and_one_for_the_deed(ask, state) -> None:
    state.limits = buckets(Watch())
    token = {"token": "ana"}
    assert ask([write], "POST", "/write", **token).headers["x-ratelimit-limit"] == "2"
    assert [ask([write], "POST", "/write", **token).status_code for _ in range(2)] == [200, 429]
    assert ask([read], "GET", "/read", **token).headers["x-ratelimit-remaining"] == "1"
    assert ask([read], "GET", "/read").headers["x-ratelimit-limit"] == "3"


@endpoint("POST", "/sign_in", limit="sign_in")
async def sign_in(viewer: Viewer | None) -> str:
    return "in"


@endpoint("POST", "/sign_up", limit="sign_up")
async def sign_up(viewer: Viewer | None) -> str:
    return "up"


@pytest.mark.parametrize("deed", [sign_in, sign_up])
def test_accounts_give_an_address_no_more_tries_at_signing_in(ask, state, monkeypatch, deed) -> None:
    state.limits = buckets(Watch(), trusted_proxies=["127.0.0.1"])

    def member(_: object, token: str) -> Viewer:
        return Viewer(account=AccountId(int(token)), scopes=frozenset({"read"}))

    monkeypatch.setattr(type(state), "authenticate", member)

    def tries(address: str, **token: str) -> int:
        return ask([deed], "POST", deed.path, headers={"x-forwarded-for": address}, **token).status_code

    assert [tries("198.51.100.1", token=name) for name in ("8", "9", "10")] == [200, 200, 429]
    assert tries("198.51.100.1") == 429
    assert [tries("203.0.113.1", token="8"), tries("203.0.113.2", token="8")] == [200, 429]


def test_a_wrong_token_is_counted_by_nobody_but_told(ask, state) -> None:
    state.limits = buckets(Watch())
    assert [ask([write], "POST", "/write", token="wrong").status_code for _ in range(4)] == [401, 401, 401, 429]


def test_a_network_runs_dry_though_each_address_is_new(ask, state) -> None:
    state.limits = buckets(Watch(), trusted_proxies=["127.0.0.1"])
    codes = [
        ask([read], "GET", "/read", headers={"x-forwarded-for": f"198.51.100.{n}"}).status_code for n in range(8)
    ]
    assert codes == [200] * 6 + [429] * 2
    assert ask([read], "GET", "/read", headers={"x-forwarded-for": "198.51.101.1"}).status_code == 200


# Addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address", "network"),
    [
        ("192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
        ("192.0.2.77:443", "192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:22ff::1", "2001:db8:1:22ff::/64", "2001:db8:1:2200::/56"),
        ("[2001:db8::1]:443", "2001:db8::/64", "2001:db8::/56"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/56"),
        ("unknown", "local", "local"),
        ("", "local", "local"),
    ],
)
def test_an_address_counts_with_its_network(text, address, network) -> None:
    assert origin_of(text) == (address, network)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", ["203.0.113.5"], "192.0.2.1"),
        ("10.0.0.1", ["203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.5, 10.0.0.2"], "203.0.113.5"),
        ("10.0.0.1", ["1.1.1.1", "203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["203.0.113.5, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.5, nonsense, 10.0.0.9"], "10.0.0.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["x" * 100_000], "10.0.0.1"),
    ],
)
def test_only_what_trusted_proxies_add_is_believed(peer, forwarded, address) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope = {"type": "http", "client": (peer, 5), "headers": headers}
    assert Proxies(["10.0.0.0/8"]).origin(scope).address == address


def test_a_caller_on_a_unix_socket_has_no_address() -> None:
    assert Proxies().origin({"type": "http", "client": None, "headers": []}).address == "local"
