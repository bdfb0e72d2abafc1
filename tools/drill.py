"""Holds 100 drills of the loss of a host, with the lease in a real S3 store (SeaweedFS) that is started for them.

``make drill`` runs it; what follows is passed on to ``palabre drill host-loss``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from palabre.cli import main  # noqa: E402
from seaweed import seaweed  # noqa: E402


def hold(words: list[str]) -> None:
    """Start the store, hold the drills, stop the store."""
    with tempfile.TemporaryDirectory(prefix="palabre-store-") as folder, seaweed(Path(folder)) as store:
        results = ROOT / "drill-results"
        results.mkdir(exist_ok=True)
        usual = ["--rounds", "100", "--lease", store.address("drills"), "--report", str(results / "host-loss.json")]
        main(["drill", "host-loss", *usual, *words])


if __name__ == "__main__":
    os.chdir(ROOT)
    hold(sys.argv[1:])
