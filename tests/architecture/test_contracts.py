"""The import contracts of pyproject.toml cover what is there: a new package cannot slip past them."""

from __future__ import annotations

import tomllib

from architecture.source_tree import ROOT, modules, packages

SHELL = {"api", "bench", "cli", "drill", "edge", "federation", "server", "streaming", "survival", "web"}
"""Packages that may know the web framework, or speak HTTP to it."""
DATA = {"i18n", "markup"}
"""Packages of the foundation without a table of their own."""

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]


def contract(identity: str) -> dict:
    return next(entry for entry in CONTRACTS if entry["id"] == identity)


def test_the_sql_of_every_capability_is_private_to_it() -> None:
    protected = {
        module: entry["allowed_importers"]
        for entry in CONTRACTS
        if entry["type"] == "protected"
        for module in entry["protected_modules"]
    }
    private = [m for m in modules() if m.file == "sql" or m.file.endswith("_sql")]
    expected = {module.name: [f"palabre.{module.package}"] for module in private}
    assert protected == expected


def test_every_capability_is_bound_to_the_synchronous_core() -> None:
    bound = set(contract("synchronous")["source_modules"])
    assert bound == {f"palabre.{name}" for name in packages() if name not in SHELL}


def test_every_package_has_its_layer_and_no_layer_is_kept_for_what_is_gone() -> None:
    assert contract("layers")["exhaustive"] is True


def test_no_contract_is_written_twice() -> None:
    identities = [entry["id"] for entry in CONTRACTS]
    assert len(identities) == len(set(identities))
