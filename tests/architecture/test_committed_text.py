"""What is committed belongs to Palabre alone: no registry's address, no path of somebody's machine, no secret key."""

from __future__ import annotations

import re
import subprocess

import pytest

from architecture.source_tree import ROOT

_REGISTRIES = [
    "pypi" + ".org", "python" + "hosted.org", "registry" + ".npmjs", "npm" + "js.org", "registry" + ".yarnpkg",
    "deb" + ".debian.org", "repo.maven" + ".apache", "static" + ".crates.io", "index" + ".crates.io",
]  # fmt: skip
_FOREIGN = re.compile(
    "|".join(map(re.escape, _REGISTRIES))
    + r"|(?<![\w.$}/*-])/(?:work|root|Users)/[\w.]"
    + r'|"res' + r'olved"\s*:\s*"'
    + r"|BEGIN (?:OPENSSH |RSA |EC )?PRIVATE" + " KEY"
)  # fmt: skip


def committed() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [name for name in listed.split("\0") if name]


def test_no_registry_host_and_no_path_of_a_machine_is_committed() -> None:
    found = []
    for name in committed():
        path = ROOT / name
        if not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{name}: {match[0]}" for match in _FOREIGN.finditer(text)]
    assert not found, found


@pytest.mark.parametrize(
    "text", ["https://" + "files.python" + "hosted.org/x", "see /ro" + "ot/x", "--data=/wo" + "rk/data"]
)
def test_foreign_text_is_noticed(text: str) -> None:
    assert _FOREIGN.search(text)


@pytest.mark.parametrize(
    "text", ["/home", "https://example.org/works/list", "/srv/palabre/data", "GET /roots/1", "${ROOT}/made/x"]
)
def test_our_own_text_is_not(text: str) -> None:
    assert not _FOREIGN.search(text)
