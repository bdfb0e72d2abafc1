"""What was read is filed here: in the author's timeline of that time, once, quietly, with pictures and ties."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures_store import Store
from imports.mastodon_exports import follows_csv, mastodon_archive, mutes_csv, plain_csv
from imports.material import Made
from imports.x_archives import twitter_archive
from palabre import jobs
from palabre.accounts.actions import update_preferences
from palabre.accounts.model import Preferences, Standing
from palabre.accounts.sql import set_standing
from palabre.clock import now
from palabre.graph import actions as graph
from palabre.graph.queries import relationship
from palabre.ids import AccountId, IdCodec, Kind, PostId, new_id, time_of
from palabre.imports.actions import (
    IMPORT,
    Here,
    begin_import,
    cancel_import,
    import_steps,
    note_plan,
    note_reading,
)
from palabre.imports.errors import ImportRunning, ReadingInterrupted, RunNotFound
from palabre.imports.model import Audience, ImportedPost, ImportRun, Item, Reason, Source, State, Tie
from palabre.imports.planfile import Header, Steps
from palabre.imports.queries import import_run, import_runs, unfinished_runs, waiting_ties
from palabre.imports.running import ALONE, Importer, forget_others, places_of, take_in
from palabre.media.model import MediaKind
from palabre.media.storage import FolderStore
from palabre.notifications.subscriber import subscriber as notifications
from palabre.posts.actions import Terms, create_post, import_post
from palabre.posts.deleting import delete_post
from palabre.posts.errors import PostNotFound
from palabre.posts.model import Draft, Mark, PostView, ReplyPolicy, Visibility
from palabre.posts.queries import marks_of, post_view, post_views, thread_view
from palabre.posts.replying import set_reply_policy
from palabre.posts.tables import post as post_table
from people import KEYRING, People

ORIGIN = "https://palabre.example"
HERE = Here(ORIGIN, IdCodec(KEYRING.id_key), Terms(limit=1_000, domain="palabre.example"))


class Killed(Exception):  # noqa: N818 - what happens to us, not an error
    pass


class Imports:
    """Imports files for members, on a database and a folder of media."""

    def __init__(self, store: Store, data: Path) -> None:
        self.store = store
        self.data = data
        self.people = People(store)
        self.media = FolderStore(data / "media")
        (data / "media").mkdir(parents=True)

    def begin(self, viewer: AccountId, file: Path, **how: Any) -> int:
        run = new_id(now())
        copy = self.data / f"upload-{run}"
        copy.write_bytes(file.read_bytes())
        take_in(self.data, run, copy)
        self.store.write(begin_import, viewer, run=run, name=file.name, **how)
        return run

    def work(
        self,
        run: int,
        write: Callable[..., Any] | None = None,
        stopping: Callable[[], bool] = lambda: False,
        **pace: Any,
    ) -> ImportRun:
        import msgspec

        importer = Importer(
            write=write or self.store.write,
            media=self.media,
            here=HERE,
            pace=msgspec.structs.replace(ALONE, **{"slice": 20, **pace}),
        )
        return importer.work(run, places_of(self.data, run), stopping=stopping)

    def run(self, viewer: AccountId, file: Path, **how: Any) -> ImportRun:
        return self.work(self.begin(viewer, file, durable=False, **how))

    def posts(self, viewer: AccountId) -> list[PostView]:
        from sqlalchemy import bindparam, select

        from palabre.store import statement

        mine = statement(
            select(post_table.c.id).where(post_table.c.author == bindparam("a")).order_by(post_table.c.id)
        )
        ids = self.store.read(lambda db: [PostId(i) for i in db.column(mine, a=viewer)])
        return self.store.read(post_views, viewer, ids)


@pytest.fixture
def imports(store: Store, tmp_path: Path) -> Imports:
    return Imports(store, tmp_path / "data")


def test_posts_stand_at_their_own_time_in_their_threads(imports: Imports, tmp_path: Path) -> None:
    ana = imports.people.member("ana")
    made = twitter_archive(tmp_path / "a.zip", posts=80, pictures=0)
    run = imports.run(ana, made.path)
    assert (run.state, run.done, run.added, run.total) == (
        State.DONE,
        len(made.posts),
        len(made.posts),
        len(made.posts),
    )
    posts = [view.post for view in imports.posts(ana)]
    assert sorted(post.text for post in posts) == sorted(made.posts.values())
    assert [post.created for post in posts] == sorted(post.created for post in posts)
    assert all(time_of(post.id) == post.created for post in posts)
    by_text = {post.text: post for post in posts}
    for key, parent in made.parents.items():
        post = by_text[made.posts[key]]
        if parent in made.posts:
            assert post.reply_to == by_text[made.posts[parent]].id
            assert post.visibility is Visibility.PUBLIC
        else:  # what it answers is not here: readable, and out of public timelines
            assert post.reply_to is None
            assert post.visibility is Visibility.UNLISTED
    answer = next(post for post in posts if post.reply_to is not None)
    assert answer.id in {view.post.id for view in imports.store.read(thread_view, None, answer.thread).descendants}
    assert imports.people.account(ana).posts_count == len(posts)


def test_nobody_is_told_and_nobody_is_named(imports: Imports, tmp_path: Path) -> None:
    ana, ben = imports.people.members("ana", "ben")
    imports.people.follow(ben, ana, notify=True)
    imports.store.advance(notifications)
    before = len(imports.people.kinds("notification"))
    made = mastodon_archive(tmp_path / "a.zip", posts=60, pictures=0)
    imports.run(ana, made.path)
    imports.store.advance(notifications)
    assert len(imports.people.kinds("notification")) == before
    assert not imports.people.kinds("post.created")
    assert len(imports.people.kinds("post.imported")) == len(made.posts)
    assert not any(view.post.mentions for view in imports.posts(ana))


def test_a_second_run_adds_nothing_and_a_later_archive_only_what_is_new(imports: Imports, tmp_path: Path) -> None:
    ana = imports.people.member("ana")
    made = twitter_archive(tmp_path / "a.zip", posts=40, pictures=2)
    imports.run(ana, made.path)
    again = imports.run(ana, made.path)
    assert (again.state, again.added, again.left_out["post.already_here"]) == (State.DONE, 0, len(made.posts))
    assert len(imports.posts(ana)) == len(made.posts)
    assert len(list(imports.media.names(before=now()))) == len(
        {f for v in imports.posts(ana) for m in v.media for f in (m.file, m.preview)}
    )
    other = twitter_archive(tmp_path / "b.zip", posts=40, pictures=0, seed=2)
    assert imports.run(ana, other.path).added == len(other.posts)


def test_posts_of_long_ago_do_not_make_a_hashtag_old(imports: Imports, tmp_path: Path) -> None:
    from sqlalchemy import select

    from palabre.posts.tables import hashtag
    from palabre.store import statement

    ana, ben = imports.people.members("ana", "ben")
    imports.store.write(create_post, ben, Draft(text="#Palabre"), terms=HERE.terms)
    used = statement(select(hashtag.c.last_post, hashtag.c.posts_count).where(hashtag.c.key == "palabre"))
    before, _ = imports.store.read(lambda db: db.one(used))
    imports.run(ana, twitter_archive(tmp_path / "a.zip", posts=40, pictures=0).path)
    after, count = imports.store.read(lambda db: db.one(used))
    assert count > 1
    assert after == before


def test_a_deleted_post_does_not_come_back(imports: Imports, tmp_path: Path) -> None:
    ana = imports.people.member("ana")
    made = twitter_archive(tmp_path / "a.zip", posts=20, pictures=0)
    imports.run(ana, made.path)
    imports.store.write(delete_post, ana, imports.posts(ana)[0].post.id)
    imports.run(ana, made.path)
    assert len(imports.posts(ana)) == len(made.posts) - 1


def test_two_members_may_bring_the_same_archive(imports: Imports, tmp_path: Path) -> None:
    ana, ben = imports.people.members("ana", "ben")
    made = twitter_archive(tmp_path / "a.zip", posts=20, pictures=0)
    assert imports.run(ana, made.path).added == imports.run(ben, made.path).added == len(made.posts)


def test_pictures_come_with_their_descriptions_and_damaged_ones_cost_only_themselves(
    imports: Imports, tmp_path: Path
) -> None:
    ana = imports.people.member("ana")
    made = mastodon_archive(tmp_path / "a.zip", posts=12, pictures=3)
    broken = [members for members in made.pictures.values() if members][1][0]
    spoiled = tmp_path / "spoiled.zip"
    with zipfile.ZipFile(made.path) as old, zipfile.ZipFile(spoiled, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"\xff\xd8\xff no picture" if name == broken else old.read(name))
    run = imports.run(ana, spoiled)
    assert run.state is State.DONE
    assert run.left_out["media.damaged"] == 1
    assert any(each.what == broken for each in run.listed)
    found = {view.post.text: view.media for view in imports.posts(ana)}
    for key, members in made.pictures.items():
        media = found[made.posts[key]]
        assert len(media) == len(members) - (broken in members)
        for each in media:
            assert each.description.startswith("A view, ")
            assert (each.focus_x, each.focus_y) == (0.25, -0.5)
            assert b"Telephone" not in imports.media.path(each.file).read_bytes()


@pytest.mark.parametrize("when", range(1, 8))
def test_killed_at_any_write_an_import_goes_on_and_nothing_comes_twice(
    imports: Imports, tmp_path: Path, when: int
) -> None:
    ana = imports.people.member("ana")
    made = twitter_archive(tmp_path / "a.zip", posts=60, pictures=2)
    run = imports.begin(ana, made.path)
    writes = 0

    def write(action: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        nonlocal writes
        writes += 1
        if writes == when and writes % 2:  # before it happens …
            raise Killed
        found = imports.store.write(action, *args, **kwargs)
        if writes == when:  # … and after it did
            raise Killed
        return found

    with pytest.raises(Killed):
        imports.work(run, write)
    assert imports.store.read(import_run, ana, run).state in {State.WAITING, State.READING, State.RUNNING}
    ended = imports.work(run)
    assert (ended.state, ended.done, ended.added) == (State.DONE, len(made.posts), len(made.posts))
    posts = imports.posts(ana)
    assert sorted(view.post.text for view in posts) == sorted(made.posts.values())
    assert sum(len(view.media) for view in posts) == sum(map(len, made.pictures.values()))


def test_an_import_that_ran_out_of_time_is_carried_on(imports: Imports, tmp_path: Path) -> None:
    ana = imports.people.member("ana")
    made = twitter_archive(tmp_path / "a.zip", posts=60, pictures=0)
    run = imports.begin(ana, made.path)
    states = [imports.work(run, seconds=0.0)]
    assert states[0].state is State.RUNNING
    assert imports.work(run).state is State.DONE
    assert not places_of(imports.data, run).folder.exists()


def test_a_durable_import_is_a_job_and_one_at_a_time(imports: Imports, tmp_path: Path) -> None:
    ana, ben = imports.people.members("ana", "ben")
    made = twitter_archive(tmp_path / "a.zip", posts=10, pictures=0)
    run = imports.begin(ana, made.path)
    (job,) = [each for each in imports.store.write(jobs.claim) if each.kind == IMPORT]
    assert job.arguments(int) == run
    with pytest.raises(ImportRunning):
        imports.begin(ana, made.path)
    imports.begin(ben, made.path)
    with pytest.raises(RunNotFound):
        imports.store.read(import_run, ben, run)
    with pytest.raises(RunNotFound):
        imports.store.write(cancel_import, ben, run)
    assert imports.store.write(cancel_import, ana, run).state is State.CANCELLED
    assert imports.work(run).state is State.CANCELLED
    assert not imports.posts(ana)
    assert [each.id for each in imports.store.read(import_runs, ana)] == [run]


def test_a_file_that_is_none_ends_the_import_and_says_why(imports: Imports, tmp_path: Path) -> None:
    ana = imports.people.member("ana")
    (tmp_path / "holiday.zip").write_bytes(b"PK\x05\x06" + b"\0" * 18)
    run = imports.begin(ana, tmp_path / "holiday.zip")
    ended = imports.work(run)
    assert (ended.state, ended.error) == (State.FAILED, "import.not_an_archive")
    assert not places_of(imports.data, run).folder.exists()


def test_files_of_imports_that_are_over_are_swept(imports: Imports, tmp_path: Path) -> None:
    ana = imports.people.member("ana")
    made = twitter_archive(tmp_path / "a.zip", posts=5, pictures=0)
    run = imports.begin(ana, made.path)
    lost = tmp_path / "lost"
    lost.write_bytes(b"x")
    take_in(imports.data, 17, lost)
    forget_others(imports.data, imports.store.read(unfinished_runs))
    assert places_of(imports.data, 17).folder.exists()  # too young: its import may be about to begin
    for number in (run, 17):
        os.utime(places_of(imports.data, number).folder, (0, 0))
    forget_others(imports.data, imports.store.read(unfinished_runs))
    assert places_of(imports.data, run).archive.exists()
    assert not places_of(imports.data, 17).folder.exists()


def csv_file(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, "utf-8")
    return path


def test_people_who_are_here_are_followed_and_the_others_kept_in_mind(imports: Imports, tmp_path: Path) -> None:
    ana, ben, carol = imports.people.members("ana", "ben", "carol")
    rows = [
        ("Ben@palabre.example", False, True, "en, fr"),
        ("carol", True, False, ""),
        ("ana@palabre.example", True, False, ""),
        ("dora@other.example", False, False, ""),
        ("nobody@palabre.example", True, False, ""),
    ]
    run = imports.run(ana, csv_file(tmp_path, "following_accounts.csv", follows_csv(rows)))
    assert (run.state, run.added) == (State.DONE, 2)
    assert run.left_out == {"person.not_found_here": 2, "person.refused": 1}
    how = imports.store.read(relationship, ana, ben)
    assert (how.following, how.showing_reposts, how.notifying, how.languages) == (True, False, True, ("en", "fr"))
    assert imports.store.read(relationship, ana, carol).following
    (waits,) = imports.store.read(waiting_ties, ana)
    assert (waits.tie, waits.target, waits.show_reposts) == (Tie.FOLLOW, "dora@other.example", False)


@pytest.mark.parametrize("kind", [Source.FOLLOWS, Source.MUTES, Source.BLOCKS, Source.LISTS])
def test_a_list_does_not_tell_who_waits_for_approval(imports: Imports, tmp_path: Path, kind: Source) -> None:
    """Whoever may not see an account gets what he gets for one that does not exist."""
    ana, pending = imports.people.members("ana", "carol")
    imports.store.write(lambda tx: set_standing(tx, pending, Standing.PENDING.value))
    title = "friends," if kind is Source.LISTS else ""
    found = []
    for name in ("carol@palabre.example", "nobody@palabre.example"):
        file = csv_file(tmp_path, f"{name}.csv", plain_csv([f"{title}{name}"]))
        run = imports.run(ana, file, source=kind)
        found.append((run.added, run.left_out, [each.what.replace(name, "…") for each in run.listed]))
    assert found[0] == found[1]
    assert found[0][:2] == (0, {"person.not_found_here": 1})
    imports.store.write(lambda tx: set_standing(tx, pending, Standing.ACTIVE.value))
    if kind is not Source.LISTS:  # on a list are only those whom one follows
        again = imports.run(ana, tmp_path / "carol@palabre.example.csv", source=kind)
        assert again.added == 1


def test_whom_one_has_unfollowed_since_stays_so(imports: Imports, tmp_path: Path) -> None:
    from palabre.graph.actions import unfollow

    ana, ben = imports.people.members("ana", "ben")
    file = csv_file(tmp_path, "following_accounts.csv", follows_csv([("ben", True, False, "")]))
    imports.run(ana, file)
    imports.store.write(unfollow, ana, ben)
    assert imports.run(ana, file).left_out == {"person.already_here": 1}
    assert not imports.store.read(relationship, ana, ben).following


def test_mutes_and_blocks_are_what_they_were(imports: Imports, tmp_path: Path) -> None:
    ana, ben, carol = imports.people.members("ana", "ben", "carol")
    imports.run(ana, csv_file(tmp_path, "muted_accounts.csv", mutes_csv([("ben", False)])))
    imports.run(ana, csv_file(tmp_path, "blocked_accounts.csv", plain_csv(["carol@palabre.example"])))
    muted = imports.store.read(relationship, ana, ben)
    assert (muted.muting, muted.muting_notifications) == (True, False)
    assert imports.store.read(relationship, ana, carol).blocking


def test_bookmarks_of_posts_here_and_of_ones_own_posts_of_elsewhere(imports: Imports, tmp_path: Path) -> None:
    ana, ben = imports.people.members("ana", "ben")
    here = imports.store.write(create_post, ben, Draft(text="Bonjour"), terms=HERE.terms)
    hidden = imports.store.write(
        create_post, ben, Draft(text="Hush", visibility=Visibility.MENTIONED), terms=HERE.terms
    )
    sample = mastodon_archive(tmp_path / "a.zip", posts=20, pictures=0)
    own = next(iter(sample.posts))
    made = mastodon_archive(
        tmp_path / "a.zip",
        posts=20,
        pictures=0,
        bookmarks=(
            f"{ORIGIN}/@ben/{HERE.ids.encode(Kind.POST, here)}",
            f"{ORIGIN}/@ben/{HERE.ids.encode(Kind.POST, hidden)}",
            f"{ORIGIN}/@ben/1234567890123456789012345678901",
            own,
            "https://other.example/@dora/1",
        ),
    )
    run = imports.run(ana, made.path)
    assert run.left_out["bookmark.refused"] == 1
    assert run.left_out["bookmark.not_found_here"] == 2
    mine = next(view.post.id for view in imports.posts(ana) if view.post.text == made.posts[own])
    assert imports.store.read(marks_of, ana, [here, mine]) == {here: Mark.BOOKMARKED, mine: Mark.BOOKMARKED}
    assert "https://other.example/@dora/1" in {each.target for each in imports.store.read(waiting_ties, ana)}


class Conversation:
    """Ana, who asks for approval or not, and Ben, who has replied to her and imports."""

    def __init__(self, imports: Imports) -> None:
        self.store = imports.store
        self.ana, self.ben = imports.people.members("ana", "ben")

    def post(self, author: AccountId, text: str, **draft: Any) -> PostId:
        return self.store.write(create_post, author, Draft(text=text, **draft), terms=HERE.terms)

    def place(self, parent: PostId) -> PostId:
        draft = Draft(text="Smuggled", reply_to=parent)
        at = now()
        return self.store.write(import_post, self.ben, draft, terms=HERE.terms, created=at, id_=PostId(new_id(at)))


@pytest.mark.parametrize(
    "how", ["own reply", "waits", "waits for nobody", "somebody's", "nobody may reply", "blocked"]
)
def test_nothing_is_placed_in_a_conversation_of_somebody_else(imports: Imports, how: str) -> None:
    talk = Conversation(imports)
    store, ana, ben = talk.store, talk.ana, talk.ben
    if how.startswith("waits"):
        store.write(update_preferences, ana, Preferences(reply_approval="all"))
    root = talk.post(ana, "Hello")
    parent = root if how == "somebody's" else talk.post(ben, "Yes", reply_to=root)
    if how == "nobody may reply":
        store.write(set_reply_policy, ana, root, ReplyPolicy.NOBODY)
    if how == "waits for nobody":
        store.write(delete_post, ana, root)
    if how == "blocked":
        store.write(graph.block, ana, ben)
    with pytest.raises(PostNotFound):
        talk.place(parent)
    assert all(view.post.text != "Smuggled" for view in imports.posts(ben))


def test_ones_own_thread_goes_on_also_where_others_joined_or_its_beginning_is_gone(imports: Imports) -> None:
    talk = Conversation(imports)
    began = talk.post(talk.ben, "One")
    second = talk.post(talk.ben, "Two", reply_to=began)
    theirs = talk.post(talk.ana, "Well", reply_to=second)
    assert talk.store.read(post_view, None, talk.place(second)).post.reply_to == second
    with pytest.raises(PostNotFound):
        talk.place(theirs)
    talk.store.write(delete_post, talk.ben, began)
    assert talk.store.read(post_view, None, talk.place(second)).post.reply_to == second


def test_an_archive_that_names_a_reply_here_comes_alone_and_out_of_public_timelines(imports: Imports) -> None:
    """Its own posts of this network are known by their addresses; what follows them is not put under them."""
    talk = Conversation(imports)
    root = talk.post(talk.ana, "Hello")
    mine = talk.post(talk.ben, "Yes", reply_to=root)
    address = f"{ORIGIN}/@ben/{HERE.ids.encode(Kind.POST, mine)}"
    items: list[Item] = [
        ImportedPost(source_key=address, text="Yes", created=now()),
        *(
            ImportedPost(source_key=f"x:{each}", text=each, created=now(), reply_to=address, audience=Audience(each))
            for each in ("public", "followers")
        ),
    ]
    run = new_id(now())
    talk.store.write(begin_import, talk.ben, run=run, name="a.zip", durable=False)
    talk.store.write(note_reading, run)
    header = Header(source=Source.MASTODON, total=3, left_out={}, listed=())
    talk.store.write(note_plan, run, header)
    talk.store.write(import_steps, run, Steps(0, 1, items), {}, HERE)
    found = {view.post.text: view.post for view in imports.posts(talk.ben)}
    assert {text: (post.reply_to, post.visibility) for text, post in found.items()} == {
        "Yes": (root, Visibility.PUBLIC),
        "public": (None, Visibility.UNLISTED),
        "followers": (None, Visibility.FOLLOWERS),
    }
    assert talk.store.read(post_view, None, mine).post.replies_count == 0


def test_a_reply_that_quotes_what_is_deleted_stays_a_reply_and_comes_once(imports: Imports) -> None:
    ben = imports.people.member("ben")

    def bring(*items: Item) -> ImportRun:
        run = new_id(now())
        imports.store.write(begin_import, ben, run=run, name="a.zip", durable=False)
        imports.store.write(note_reading, run)
        header = Header(source=Source.MASTODON, total=len(items), left_out={}, listed=())
        imports.store.write(note_plan, run, header)
        found, _ = imports.store.write(import_steps, run, Steps(0, 1, list(items)), {}, HERE)
        imports.store.write(cancel_import, ben, run)
        return found

    bring(*(ImportedPost(source_key=f"x:{each}", text=each, created=now()) for each in ("parent", "quoted")))
    parent, quoted = sorted(imports.posts(ben), key=lambda view: view.post.text)
    imports.store.write(delete_post, ben, quoted.post.id)
    run = bring(
        ImportedPost(
            source_key="x:reply", text="reply", created=now(), reply_to="x:parent", quote="x:quoted", edited=now()
        )
    )
    [reply] = [view.post for view in imports.posts(ben) if view.post.text == "reply"]
    assert reply.reply_to == parent.post.id
    assert reply.edited is not None
    assert reply.quote_of is None
    assert run.added == 1
    assert run.left_out == {"bookmark.not_found_here": 1}


@pytest.mark.parametrize("make", [twitter_archive, mastodon_archive])
def test_videos_gifs_and_recordings_come_drawn_anew_and_damaged_ones_cost_only_themselves(
    imports: Imports, tmp_path: Path, make: Callable[..., Made]
) -> None:
    ana = imports.people.member("ana")
    made = make(tmp_path / "a.zip", posts=20, pictures=2, videos=6)
    damaged, missing, *_ = sorted(made.films)
    spoiled = tmp_path / "spoiled.zip"
    with zipfile.ZipFile(made.path) as old, zipfile.ZipFile(spoiled, "w") as new:
        for name in old.namelist():
            if name != missing:
                new.writestr(name, b"\x00\x00\x00\x18ftypmp42 no film" if name == damaged else old.read(name))
    run = imports.run(ana, spoiled)
    assert (run.state, run.added) == (State.DONE, len(made.posts))
    assert (run.left_out["media.damaged"], run.left_out["media.file_missing"]) == (1, 1)
    listed = {each.reason: each for each in run.listed}
    assert listed[Reason.DAMAGED].what == damaged
    assert missing.rpartition("/")[2] in listed[Reason.FILE_MISSING].what
    found = {view.post.text: view.media for view in imports.posts(ana)}
    films = [
        each
        for key, members in made.pictures.items()
        if set(members) & made.films - {damaged, missing}
        for each in found[made.posts[key]]
    ]
    assert len(films) == 4
    for each in films:
        assert each.kind in {MediaKind.VIDEO, MediaKind.SOUND}
        assert each.seconds
        content = imports.media.path(each.file).read_bytes()
        assert b"Telephone" not in content
        assert b"+47.5" not in content
    silent = [each for each in films if each.kind is MediaKind.VIDEO and not each.channels]
    heard = [each for each in films if each.channels]
    assert silent
    assert heard
    assert any(each.kind is MediaKind.SOUND for each in films) == (make is mastodon_archive)
    assert not places_of(imports.data, run.id).folder.exists()
    again = imports.run(ana, spoiled)
    assert (again.added, len(list(imports.media.names(before=now())))) == (
        0,
        len({file for view in imports.posts(ana) for each in view.media for file in (each.file, each.preview)}),
    )


def test_a_video_that_was_half_copied_when_the_server_died_comes_whole(imports: Imports, tmp_path: Path) -> None:
    ana = imports.people.member("ana")
    made = twitter_archive(tmp_path / "a.zip", posts=4, pictures=0, videos=2, longs=0, edited=0)
    run = imports.begin(ana, made.path)

    def write(action: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if action is import_steps:  # drawn, and not written
            raise Killed
        return imports.store.write(action, *args, **kwargs)

    with pytest.raises(Killed):
        imports.work(run, write)
    (places_of(imports.data, run).folder / "film-0").write_bytes(b"\x00\x00\x00\x18ftypmp42 half")
    ended = imports.work(run)
    assert (ended.state, ended.added, ended.left_out.get("media.damaged")) == (State.DONE, len(made.posts), None)
    assert sorted(len(view.media) for view in imports.posts(ana)) == [0, 0, 1, 1]


def test_a_server_that_stops_does_not_wait_for_a_video(imports: Imports, tmp_path: Path) -> None:
    """Each says at least once how far it is; then one is told to stop."""
    ana = imports.people.member("ana")
    made = twitter_archive(tmp_path / "a.zip", posts=4, pictures=0, videos=1, longs=0, edited=0)
    run = imports.begin(ana, made.path)
    folder = places_of(imports.data, run).folder
    with pytest.raises(ReadingInterrupted):
        imports.work(run, stopping=(folder / "film-0").exists)
    assert imports.store.read(import_run, ana, run).state is State.RUNNING
    assert imports.work(run).added == len(made.posts)
    assert sum(len(view.media) for view in imports.posts(ana)) == 1
