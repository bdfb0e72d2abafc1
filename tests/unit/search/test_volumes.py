"""PostgreSQL: posts are bound in volumes, and found, edited and deleted there as if they lay loose."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre.accounts.actions import ProfileChange, update_profile
from palabre.clock import DAY, Instant
from palabre.ids import AccountId, PostId, first_id
from palabre.markup.words import number_of
from palabre.posts import actions as posts
from palabre.posts import deleting
from palabre.posts.editing import edit_post
from palabre.posts.model import Draft, Revision
from palabre.posts.wording import Terms
from palabre.search import actions, queries, volume, volumes_sql
from palabre.store import Statement
from palabre.store.places import unpacked
from search_finding import Finding

_POSTS = 128
_COUNT = Statement("", "SELECT (SELECT count(*) FROM search_loose), (SELECT count(*) FROM search_volume)")
_PAGES = Statement("", "SELECT page FROM search_page ORDER BY volume, word")
_ROWS = Statement("", "SELECT doc, packed FROM search_post")
_QUERIES = (
    "zebra", "okapi", "zebra okapi", "often", "often -okapi", "-often zebra", "has:link", "often has:link",
    "often -has:link", "lang:fr", "often lang:fr", "often -lang:fr", "from:ben", "often -from:ben", "often from:me",
    "often in:library", "in:library", "often -in:library", '"often 7"', "東京", "東", "nothing", "often nothing",
    "is:reply", "has:media",
)  # fmt: skip


@pytest.fixture
def bound(store: Store, monkeypatch: pytest.MonkeyPatch) -> Finding:
    """A network in which a volume has 128 posts, and a page a few words."""
    if store.database.dialect == "sqlite":
        pytest.skip("SQLite's index has no volumes")
    monkeypatch.setattr(volume, "POSTS", _POSTS)
    monkeypatch.setattr(volume, "_FULL", 150)
    monkeypatch.setattr(volumes_sql, "_LOOSE", _POSTS)
    monkeypatch.setattr(volume, "ROWS", _POSTS // 64)
    monkeypatch.setattr(volumes_sql, "_LOADED", 20)
    return Finding(store)


def _tidy(finding: Finding) -> None:
    steps = 0
    while finding.store.write(actions.tidy):
        steps += 1
        assert steps < 100
    assert finding.store.read(actions.is_scattered) is False


def _write(finding: Finding, count: int) -> list[PostId]:
    ben = finding.people.member("ben", profile={"indexable": True})
    ids = []
    for number in range(count):
        text = f"often {number}"
        text += " zebra" if number % 11 == 3 else ""
        text += " okapi" if number % 97 == 5 or number == 36 else ""
        text += " https://example.com/x" if number % 6 == 1 else ""
        text += " 東京都" if number % 50 == 9 else ""
        author = {0: finding.reader, 1: ben}.get(number % 5, finding.ana)
        ids.append(finding.post(text, author, language="fr" if number % 3 == 0 else "en"))
    for number in (2, 36, 130, 250):
        finding.store.write(posts.like, finding.reader, ids[number])
    finding.settle()
    return ids


def _answers(finding: Finding, ids: list[PostId]) -> list[tuple[str, list[str]]]:
    found = [(query, finding.texts(query, limit=400)) for query in _QUERIES]
    for below, above in ((100, None), (200, 60), (len(ids) - 1, 250), (64, 1), (None, 127), (128, 126)):
        bounds = {"below": ids[below] if below else None, "above": ids[above] if above else None}
        found += [
            (f"{query} {below} {above}", finding.texts(query, limit=400, **bounds))
            for query in ("often", "zebra", "okapi")
        ]
    found.append(("third page", finding.texts("often", limit=20, offset=40)))
    return found


def test_what_is_bound_is_found_as_if_it_lay_loose(bound: Finding) -> None:
    ids = _write(bound, 300)
    before = _answers(bound, ids)
    empty = [query for query, found in before if not found]
    assert empty == [
        "-often zebra", "nothing", "often nothing", "is:reply", "has:media", "zebra 128 126", "okapi 128 126",
    ]  # fmt: skip
    _tidy(bound)
    assert bound.store.read(lambda db: db.one(_COUNT)) == (300 - 2 * _POSTS, 2)
    assert _answers(bound, ids) == before
    late = [bound.post(f"often and late {number}") for number in range(90)]
    assert bound.texts("often", limit=2) == ["often and late 89", "often and late 88"]
    _tidy(bound)
    assert bound.store.read(lambda db: db.one(_COUNT)) == (6, 3)
    assert bound.texts("late", limit=100) == [f"often and late {number}" for number in range(89, -1, -1)]
    assert bound.texts("often", limit=10, above=late[0], below=late[3]) == ["often and late 2", "often and late 1"]


def _holds(finding: Finding, word: str) -> bool:
    """Tell whether any page has the number of a word."""
    pages = finding.store.read(lambda db: db.column(_PAGES))
    return any(volume.bits(page, volume.short(number_of(word))) for page in pages)


def _bound_posts(finding: Finding) -> set[int]:
    rows = finding.store.read(lambda db: db.all(_ROWS))
    return {each.post for row in rows for each in unpacked(*row).values()}


def test_a_deleted_post_leaves_nothing_in_its_volume(bound: Finding) -> None:
    ids = [bound.post(f"often word{number}") for number in range(_POSTS)]
    bound.settle()
    _tidy(bound)
    assert bound.store.read(lambda db: db.one(_COUNT)) == (0, 1)
    assert _holds(bound, "word7")
    bound.store.write(deleting.delete_post, bound.ana, ids[7])
    assert bound.texts("word7") == []
    assert bound.store.read(actions.is_scattered) is True
    _tidy(bound)
    assert not _holds(bound, "word7")
    assert _holds(bound, "word8")
    assert _bound_posts(bound) == {each for each in ids if each != ids[7]}
    assert len(bound.texts("often", limit=200)) == _POSTS - 1
    for each in (*ids[:7], *ids[8:]):
        bound.store.write(deleting.delete_post, bound.ana, each)
    _tidy(bound)
    assert bound.store.read(lambda db: db.one(_COUNT)) == (0, 0)
    assert (bound.store.read(lambda db: db.column(_PAGES)), _bound_posts(bound)) == ([], set())


def test_an_edited_post_leaves_its_volume(bound: Finding) -> None:
    ids = [bound.post(f"often word{number}") for number in range(_POSTS)]
    bound.settle()
    _tidy(bound)
    bound.store.write(edit_post, bound.ana, ids[7], Revision(text="often changed"), terms=Terms())
    assert bound.texts("word7") == []
    assert bound.texts("changed") == ["often changed"]
    assert bound.texts("often", limit=200).count("often changed") == 1
    _tidy(bound)
    assert not _holds(bound, "word7")
    assert ids[7] not in _bound_posts(bound)
    assert bound.texts("often", limit=200).index("often changed") == _POSTS - 8


def test_what_an_author_allows_later_or_no_more_is_known(bound: Finding) -> None:
    shy = bound.people.member("shy")
    for number in range(_POSTS):
        bound.post(f"often {number}", shy)
    bound.settle()
    _tidy(bound)
    assert bound.texts("often") == []
    bound.store.write(update_profile, shy, ProfileChange(indexable=True))
    assert len(bound.texts("often", limit=200)) == _POSTS
    _tidy(bound)
    assert bound.store.read(lambda db: db.one(_COUNT)) == (0, 1), "bound anew"
    assert len(bound.texts("often", limit=200)) == _POSTS
    bound.store.write(update_profile, shy, ProfileChange(indexable=False))
    assert bound.texts("often") == []
    assert len(bound.texts("often", shy, limit=200)) == _POSTS


_LEFT_TO_GROW = 32


@pytest.fixture
def growing(bound: Finding, monkeypatch: pytest.MonkeyPatch) -> Finding:
    """Every 32 posts are bound."""
    monkeypatch.setattr(volumes_sql, "_LOOSE", _LEFT_TO_GROW)
    return bound


def test_the_newest_volume_grows_until_it_is_full(growing: Finding) -> None:
    ids = [growing.post(f"often word{number}") for number in range(_LEFT_TO_GROW)]
    growing.settle()
    _tidy(growing)
    assert growing.store.read(lambda db: db.one(_COUNT)) == (0, 1)
    growing.store.write(deleting.delete_post, growing.ana, ids[7])
    growing.store.write(edit_post, growing.ana, ids[9], Revision(text="often changed"), terms=Terms())
    for turn in range(1, 5):
        ids += [growing.post(f"often late{turn}at{number}") for number in range(_LEFT_TO_GROW)]
        growing.settle()
        _tidy(growing)
    assert growing.store.read(lambda db: db.one(_COUNT)) == (0, 2)
    assert not _holds(growing, "word7")
    assert _bound_posts(growing) == {each for each in ids if each != ids[7]}
    assert len(growing.texts("often", limit=400)) == len(ids) - 1
    for number, each in enumerate(ids):
        word = f"word{number}" if number < _LEFT_TO_GROW else f"late{number // 32}at{number % 32}"
        found = [] if number in {7, 9} else [f"often {word}"]
        assert growing.texts(word) == found, each
    assert growing.texts("changed") == ["often changed"]


@pytest.mark.parametrize("change", ["nothing", "loose deleted", "loose edited", "bound deleted", "written"])
def test_what_was_prepared_is_written_unless_something_changed(
    growing: Finding, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [growing.post(f"often word{number}") for number in range(_LEFT_TO_GROW)]
    growing.settle()
    _tidy(growing)
    ids += [growing.post(f"often word{number}") for number in range(_LEFT_TO_GROW, 3 * _LEFT_TO_GROW)]
    growing.settle()
    prepared = growing.store.read(actions.prepare)
    assert prepared is not None
    right = [f"often word{number}" for number in range(3 * _LEFT_TO_GROW)]
    match change:
        case "loose deleted":
            growing.store.write(deleting.delete_post, growing.ana, ids[50])
            right.remove("often word50")
        case "loose edited":
            growing.store.write(edit_post, growing.ana, ids[50], Revision(text="often changed"), terms=Terms())
            growing.settle()
            right[50] = "often changed"
        case "bound deleted":
            growing.store.write(deleting.delete_post, growing.ana, ids[5])
            right.remove("often word5")
        case "written":
            growing.post("often new")
            growing.settle()
            right.append("often new")
    made: list[int] = []
    pages = volume.pages
    monkeypatch.setattr(volume, "pages", lambda places: made.append(1) or pages(places))
    while growing.store.write(actions.tidy, prepared):
        pass
    assert bool(made) is (change != "nothing")
    assert growing.texts("often", limit=400) == right[::-1]
    assert _holds(growing, "word50") is (not change.startswith("loose"))
    assert _holds(growing, "word5") is (change != "bound deleted")
    assert growing.texts("word40") == ["often word40"]


def test_a_volume_grows_by_older_posts_too(growing: Finding) -> None:
    texts = {}
    for turn in (1, 0):
        for number in range(_LEFT_TO_GROW):
            at = Instant((15_000 + number * 10 + turn * 5) * DAY)
            texts[at] = f"often {turn} word{turn}at{number}"
            _import(growing, texts[at], at, growing.ana)
        growing.settle()
        _tidy(growing)
    assert growing.store.read(lambda db: db.one(_COUNT)) == (0, 1)
    assert growing.texts("often", limit=400) == [texts[at] for at in sorted(texts, reverse=True)]
    assert growing.texts("word0at5") == ["often 0 word0at5"]
    assert growing.texts("word1at5") == ["often 1 word1at5"]


def _import(finding: Finding, text: str, at: Instant, author: AccountId) -> None:
    finding.store.write(
        posts.import_post, author, Draft(text=text), terms=Terms(), created=at, id_=PostId(first_id(at))
    )


def test_volumes_of_imported_posts_overlap(bound: Finding) -> None:
    """One person's years, bound before another's that lie between them."""
    texts = {}
    for turn in range(2):
        for number in range(_POSTS):
            at = Instant((15_000 + number * 10 + turn * 5) * DAY)
            texts[at] = f"often {turn} {number}" + (" okapi" if number % 40 == turn else "")
            _import(bound, texts[at], at, bound.ana)
        bound.settle()
        _tidy(bound)
    assert bound.store.read(lambda db: db.one(_COUNT)) == (0, 2)
    newest_first = [texts[at] for at in sorted(texts, reverse=True)]
    assert bound.texts("often", limit=400) == newest_first
    assert bound.texts("okapi", limit=400) == [each for each in newest_first if "okapi" in each]
    assert bound.texts("often", limit=3, offset=30) == newest_first[30:33]


def test_the_statements_of_a_search_do_not_depend_on_the_volumes(bound: Finding) -> None:
    _write(bound, 300)
    bound.texts("okapi")
    before = bound.store.statements
    _tidy(bound)
    assert len(bound.texts("okapi")) >= 3
    assert bound.store.statements <= before + 6


def test_no_page_is_read_twice_in_a_search(bound: Finding, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a library of many posts has is asked for after what everybody may find."""
    _write(bound, 300)
    _tidy(bound)
    monkeypatch.setattr(queries, "_FEW", 0)
    read: list[tuple[bytes, int]] = []
    bits = volume.bits

    def counted(page: bytes, word: int) -> int:
        read.append((page, word))
        return bits(page, word)

    monkeypatch.setattr(volume, "bits", counted)
    for query in ("okapi", "often", "often -zebra", "nothing"):
        read.clear()
        bound.texts(query, limit=400)
        assert read
        assert len(read) == len(set(read)), query
