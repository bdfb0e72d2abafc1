"""Every form of the web app is sent by a test, and taken: a new one without a test fails here."""

from __future__ import annotations

import ast
from collections import Counter

from architecture.source_tree import ROOT
from posted_forms import EXCUSED, SENT_BY, forms

_TESTS = ROOT / "tests"


def test_every_form_is_sent_by_a_test_or_excused_with_a_reason() -> None:
    sent = {form for each in SENT_BY.values() for form in each}
    assert forms() == sent | set(EXCUSED)
    assert not sent & set(EXCUSED)
    assert all(reason.strip() for reason in EXCUSED.values())


def test_a_form_is_listed_once() -> None:
    counted = Counter(form for each in SENT_BY.values() for form in each)
    assert [form for form, times in counted.items() if times > 1] == []


def test_the_tests_that_send_forms_are_there() -> None:
    missing = []
    for name in SENT_BY:
        path, _, test = name.partition("::")
        tree = ast.parse((_TESTS / path).read_text("utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        if test not in functions:
            missing.append(name)
    assert missing == []
