"""There are few ways to a session or a member's token, and each is known: a new one could forget the second step."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from architecture.source_tree import modules

_GIVERS = {
    "palabre.accounts.sessions.start_session": {
        "palabre.accounts.signing_in",  # a right password, and the second step of whoever has one
        "palabre.accounts.app_tokens",  # a session that goes on at another origin
        "palabre.web.pages.doors",  # an account that has just been made
    },
    "palabre.accounts.oauth.member_token": {
        "palabre.api.mastodon.own_account",  # an account that has just been made
        "palabre.cli.account",  # the operator
        "palabre.bench.crowd",  # members of a network made for measuring
    },
    "palabre.accounts.oauth.authorize": {"palabre.edge.consent"},  # a session that consents
}
"""What gives access → the modules that may call it, all of them looked at for the second step."""


def _callers(function: str) -> Iterator[str]:
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute | ast.Name) and module.full_name(node) == function:
                yield module.name


def test_every_way_in_is_known() -> None:
    assert {function: set(_callers(function)) for function in _GIVERS} == _GIVERS
