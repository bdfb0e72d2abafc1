"""How long it takes to arrive: many accounts by one command, and a member with all that was written elsewhere."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable
from pathlib import Path

from palabre.bench.archives import NAME, Sentence, mastodon_archive, x_archive
from palabre.bench.figures import Arrived, Imported
from palabre.bench.http import WrongAnswer
from palabre.bench.process import Network

_MAKERS = {"twitter": x_archive, "mastodon": mastodon_archive}


def accounts(network: Network, count: int) -> Arrived:
    """Make ``count`` accounts by one ``palabre account create --batch``.

    Raises:
        WrongAnswer: not every one has a token of its own.

    """
    names = [f"newcomer{number}" for number in range(count)]
    began = time.perf_counter()
    made = network.members(names)
    seconds = time.perf_counter() - began
    if [each.username for each in made] != names or len({each.token for each in made if each.token}) != count:
        msg = f"{count} accounts were asked for, {len(made)} are here"
        raise WrongAnswer(msg)
    return Arrived(count=count, seconds=seconds)


def imports(
    network: Network, folder: Path, *, posts: int, pictures: int, sentence: Sentence, tell: Callable[[str], None]
) -> list[Imported]:
    """Import an archive of each kind by ``palabre import``, each into an account of its own.

    Raises:
        WrongAnswer: something was left out.

    """
    found = []
    for source, make in _MAKERS.items():
        tell(f"{posts} posts and {pictures} pictures come from {source}")
        file = folder / f"{source}.zip"
        make(file, posts=posts, pictures=pictures, sentence=sentence)
        name = f"{NAME}_{source}"
        network.command("account", "create", name)
        began, used = time.perf_counter(), _cpu()
        said = json.loads(network.command("import", str(file), "--account", name, "--json"))
        seconds = time.perf_counter() - began
        if (said["state"], said["added"], said["left_out"]) != ("done", posts, {}):
            msg = f"of {posts} posts {said['added']} were imported, {said['left_out']} left out"
            raise WrongAnswer(msg)
        found.append(
            Imported(source=source, posts=posts, pictures=pictures, seconds=seconds, cpu_seconds=_cpu() - used)
        )
        file.unlink()
    return found


def _cpu() -> float:
    """Return the processor time of all that was started here and has ended, with what that had started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
