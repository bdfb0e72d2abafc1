from __future__ import annotations

import pytest

from palabre.edge.viewer import allows, allows_any


@pytest.mark.parametrize(
    ("granted", "needed", "answer"),
    [
        ({"write"}, "write:statuses", True),
        ({"write:statuses"}, "write:statuses", True),
        ({"write:statuses"}, "write", False),
        ({"write:statuses"}, "write:media", False),
        ({"read"}, "write:statuses", False),
        ({"follow"}, "read:follows", True),
        ({"follow"}, "write:blocks", True),
        ({"follow"}, "write:mutes", True),
        ({"follow"}, "write:statuses", False),
        ({"follow"}, "admin:write:blocks", False),
        ({"admin:read"}, "admin:read:accounts", True),
        ({"read"}, "admin:read:accounts", False),
        ({"profile"}, "profile", True),
        ({"profile"}, "read:accounts", False),
        ({"writes"}, "write:statuses", False),
        (set(), "read", False),
    ],
)
def test_a_scope_covers_its_parts_and_nothing_else(granted, needed, answer) -> None:
    assert allows(frozenset(granted), needed) is answer


def test_of_several_scopes_one_is_enough() -> None:
    assert allows_any(frozenset({"profile"}), ("profile", "read:accounts"))
    assert not allows_any(frozenset({"push"}), ("profile", "read:accounts"))
    assert allows_any(frozenset(), ())
