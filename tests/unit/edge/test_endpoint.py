from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec
import pytest
from starlette.responses import Response, StreamingResponse

from palabre.edge.answers import Answer, Page
from palabre.edge.binding import SKIP_UNKNOWN, AccountRef, MediaRef, PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.request import Request
from palabre.edge.uploads import Upload
from palabre.edge.viewer import AppToken, Viewer
from palabre.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unavailable
from palabre.ids import IdCodec, Kind


class Poll(msgspec.Struct):
    options: list[str]
    expires_in: int
    multiple: bool = False


class Field(msgspec.Struct):
    name: str
    value: str = ""


class Everything(msgspec.Struct, kw_only=True):
    status: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    sensitive: bool = False
    visibility: Literal["public", "private"] = "public"
    in_reply_to_id: PostRef | None = None
    media_ids: list[MediaRef] = []
    known: Annotated[list[AccountRef], SKIP_UNKNOWN] = []
    poll: Poll | None = None
    fields_attributes: list[Field] = []
    redirect_uris: str | list[str] = ""
    score: float | None = None
    count: int | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=80)] = 20
    avatar: Upload | None = None


@endpoint("POST", "/everything", uploads=100_000)
async def everything(body: Everything) -> dict[str, Any]:
    """Return what was understood."""
    told = msgspec.structs.asdict(body)
    avatar = told.pop("avatar")
    if avatar is not None:
        told["avatar"] = [avatar.filename, avatar.content_type, avatar.size, avatar.path.read_bytes().hex()[:20]]
    return msgspec.to_builtins(told)


def understood(ask, **options) -> dict[str, Any]:
    answer = ask([everything], "POST", "/everything", **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


FLAT = {
    "status": "Hello",
    "sensitive": "1",
    "visibility": "private",
    "poll[options][]": ["yes", "no"],
    "poll[expires_in]": "3600",
    "poll[multiple]": "on",
    "fields_attributes[1][name]": "second",
    "fields_attributes[0][name]": "first",
    "fields_attributes[0][value]": "1",
    "score": "1.5",
    "count": "",
}


@pytest.mark.parametrize("how", ["query", "form", "multipart"])
def test_flat_pairs_nest_as_rails_does_wherever_they_stand(ask, how) -> None:
    options: dict[str, Any] = {"query": {"params": FLAT}, "form": {"data": FLAT}}.get(how, {"data": FLAT})
    if how == "multipart":
        options["files"] = {"ignored": ("", b"")}
    told = understood(ask, **options)
    assert told["status"] == "Hello"
    assert told["sensitive"] is True
    assert told["visibility"] == "private"
    assert told["poll"] == {"options": ["yes", "no"], "expires_in": 3600, "multiple": True}
    assert told["fields_attributes"] == [{"name": "first", "value": "1"}, {"name": "second", "value": ""}]
    assert (told["score"], told["count"], told["limit"]) == (1.5, None, 20)


def test_json_may_spell_values_as_forms_do(ask) -> None:
    told = understood(
        ask,
        json={
            "status": 12,
            "sensitive": "False",
            "poll": {"options": {"0": "a", "1": "b"}, "expires_in": "60", "multiple": "t"},
            "limit": None,
            "visibility": "",
            "fields_attributes": {"10": {"name": "z"}, "9": {"name": "y"}},
            "nobody_knows_this": {"x": 1},
        },
    )
    assert told["status"] == "12"
    assert told["sensitive"] is False
    assert told["poll"] == {"options": ["a", "b"], "expires_in": 60, "multiple": True}
    assert (told["limit"], told["visibility"]) == (20, "public")
    assert [field["name"] for field in told["fields_attributes"]] == ["y", "z"]


@pytest.mark.parametrize("spelled", [True, "true", "True", "1", 1, "on", "t"])
@pytest.mark.parametrize("as_json", [True, False])
def test_yes_is_understood_in_every_spelling(ask, spelled, as_json) -> None:
    body = {"json": {"sensitive": spelled}} if as_json else {"data": {"sensitive": str(spelled)}}
    assert understood(ask, **body)["sensitive"] is True


def test_the_body_wins_over_the_query(ask) -> None:
    told = understood(ask, params={"status": "query", "count": "3"}, data={"status": "body"})
    assert (told["status"], told["count"]) == ("body", 3)


def test_a_union_takes_one_text_or_several(ask) -> None:
    assert understood(ask, json={"redirect_uris": ["a:b", "c:d"]})["redirect_uris"] == ["a:b", "c:d"]
    assert understood(ask, data={"redirect_uris": "a:b\nc:d"})["redirect_uris"] == "a:b\nc:d"


def test_ids_are_read_by_kind_and_foreign_ones_are_not_found(ask, ids: IdCodec) -> None:
    post, account, media = (ids.encode(kind, 5) for kind in (Kind.POST, Kind.ACCOUNT, Kind.MEDIA))
    told = understood(ask, json={"in_reply_to_id": post, "media_ids": [media], "known": [account, post, "1"]})
    assert (told["in_reply_to_id"], told["media_ids"], told["known"]) == (5, [5], [5])
    assert understood(ask, data={"media_ids": media})["media_ids"] == [5]
    assert understood(ask, data={"in_reply_to_id": ""})["in_reply_to_id"] is None
    for wrong in ({"in_reply_to_id": account}, {"in_reply_to_id": "5"}, {"media_ids": [media, post]}):
        answer = ask([everything], "POST", "/everything", json=wrong)
        assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})


def test_a_file_is_on_disk_while_the_endpoint_runs_and_gone_after(ask, state) -> None:
    data = bytes(range(256)) * 300
    told = understood(ask, data={"status": "x"}, files={"avatar": ("me.png", data, "image/png")})
    assert told["avatar"] == ["me.png", "image/png", len(data), data.hex()[:20]]
    assert list(state.tmp.iterdir()) == []


def test_an_empty_file_input_is_no_file(ask) -> None:
    assert "avatar" not in understood(ask, files={"avatar": ("", b"")})


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"status": "x" * 21}, "Validation failed: status is too long (at most 20 characters)"),
        ({"status": ["a"]}, "Validation failed: status must be text"),
        ({"sensitive": "maybe"}, "Validation failed: sensitive must be true or false"),
        ({"visibility": "secret"}, "Validation failed: visibility must be one of public, private"),
        ({"limit": 81}, "Validation failed: limit must be at most 80"),
        ({"limit": "many"}, "Validation failed: limit must be a whole number"),
        ({"count": 2**63}, "Validation failed: count must be a whole number of at most 64 bits"),
        ({"count": "9" * 400}, "Validation failed: count must be a whole number"),
        ({"score": "nan"}, "Validation failed: score must be a number"),
        ({"poll": {"options": ["a"]}}, "Validation failed: poll.expires_in can't be blank"),
        ({"poll": {"options": 1, "expires_in": {}}}, "Validation failed: poll.expires_in must be a whole number"),
        ({"poll": "x"}, "Validation failed: poll must be an object"),
        ({"media_ids": {"first": "x"}}, "Validation failed: media_ids must be a list"),
        ({"media_ids": [["x"]]}, "Validation failed: media_ids must be an id"),
        ({"media_ids": ["x"] * 1001}, "Validation failed: media_ids has too many items (at most 1000)"),
        ({"avatar": "a picture"}, "Validation failed: avatar must be a file"),
        ({"status": "a\0b"}, "Validation failed: status must not contain the character U+0000"),
    ],
)
def test_a_wrong_field_is_named_with_what_it_should_be(ask, sent, said) -> None:
    answer = ask([everything], "POST", "/everything", json=sent)
    assert answer.status_code == 422
    assert answer.json()["error"] == said


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"nul", "application/json", 400),
        (b'{"status":"\xff"}', "application/json", 400),
        (b'{"status":"\\ud800"}', "application/json", 400),
        (b'{"count":1e999}', "application/json", 400),
        (b"[" * 200_000, "application/json", 422),
        (b'{"x":' + b"[" * 40 + b"]" * 40 + b"}", "application/json", 422),
        (json.dumps({str(n): n for n in range(1001)}).encode(), "application/json", 422),
        (b"status=%ff", "application/x-www-form-urlencoded", 400),
        (b"status=\xff", "application/x-www-form-urlencoded", 400),
        (b"a=1&" * 1001, "application/x-www-form-urlencoded", 422),
        (b"a" * 257 + b"=1", "application/x-www-form-urlencoded", 422),
        (b"a" + b"[b]" * 6 + b"=1", "application/x-www-form-urlencoded", 422),
        (b"poll=1&poll[options][]=2", "application/x-www-form-urlencoded", 400),
        (b"poll[]=1&poll[options]=2", "application/x-www-form-urlencoded", 400),
        (b"a[][]=1", "application/x-www-form-urlencoded", 400),
        (b"x" * 1_048_577, "application/x-www-form-urlencoded", 413),
        (b'{"status":"x"}', "text/plain", 415),
        (b"--x\r\n", "multipart/form-data", 400),
        (b"--x\r\n", "multipart/form-data; boundary=x", 400),
        (b"nothing of the kind", "multipart/form-data; boundary=x", 400),
        (b"--x\r\n\r\nabc\r\n--x--\r\n", "multipart/form-data; boundary=x", 400),
        (
            b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
            400,
        ),
        (b"--x\r\nX: " + b"a" * 9000, "multipart/form-data; boundary=x", 400),
        (b"--" + b"x" * 5000, "multipart/form-data; boundary=" + "x" * 5000, 400),
    ],
)
def test_hostile_bodies_are_refused_with_a_reason(ask, state, body, kind, status) -> None:
    answer = ask([everything], "POST", "/everything", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert len(answer.json()["error"]) > 10
    assert list(state.tmp.iterdir()) == []


def test_of_two_equal_names_the_last_counts(ask) -> None:
    assert understood(ask, data={"status": ["a", "b"]})["status"] == "b"
    twice = understood(ask, content=b'{"status":"a","status":"b"}', headers={"content-type": "application/json"})
    assert twice["status"] == "b"


@pytest.mark.parametrize("size", [1_048_576 + 100_001, 5_000_000])
def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(ask, state, size) -> None:
    async def stream():
        yield b'--x\r\nContent-Disposition: form-data; name="avatar"; filename="a"\r\n\r\n'
        for _ in range(size // 65_536 + 1):
            yield b"x" * 65_536

    answer = ask(
        [everything], "POST", "/everything", content=stream(),
        headers={"content-type": "multipart/form-data; boundary=x"},
    )  # fmt: skip
    assert answer.status_code == 413
    assert list(state.tmp.iterdir()) == []


def test_entries_of_a_list_of_objects_begin_where_a_name_repeats(ask) -> None:
    body = b"fields_attributes[][name]=a&fields_attributes[][value]=1&fields_attributes[][name]=b"
    told = understood(ask, content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert told["fields_attributes"] == [{"name": "a", "value": "1"}, {"name": "b", "value": ""}]


# Paths, callers, scopes ---------------------------------------------------------------------------------------


@endpoint("GET", "/posts/{post}", scope="read:statuses")
async def one_post(post: PostRef, viewer: Viewer | None, request: Request) -> list[Any]:
    return [post, viewer and viewer.account, request.method]


@endpoint("POST", "/posts", scope="write:statuses")
async def write_post(viewer: Viewer) -> int:
    return viewer.account


@endpoint("POST", "/follow", scope="write:follows")
async def follow(viewer: Viewer) -> None:
    return None


@endpoint("POST", "/accounts", scope="write:accounts")
async def sign_up(viewer: Viewer | AppToken) -> str:
    return type(viewer).__name__


@endpoint("GET", "/open")
async def open_to_all() -> bytes:
    return b'{"ready":1}'


CALLED = [one_post, write_post, follow, sign_up, open_to_all]


def test_a_path_takes_only_an_id_of_its_kind(ask, ids) -> None:
    good = ask(CALLED, "GET", f"/posts/{ids.encode(Kind.POST, 9)}", token="ana")
    assert good.json() == [9, 7, "GET"]
    for guess in (ids.encode(Kind.ACCOUNT, 9), "9", "1" * 31, "٣" * 31, "..", "9" * 5000):
        answer = ask(CALLED, "GET", f"/posts/{guess}", token="ana")
        assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})


@pytest.mark.parametrize(
    ("method", "path", "token", "status", "error"),
    [
        ("POST", "/posts", None, 401, "The access token is invalid"),
        ("POST", "/posts", "stolen", 401, "The access token is invalid"),
        ("POST", "/posts", "app", 422, "This method requires an authenticated user"),
        ("POST", "/follow", "ana", 403, "This action is outside the authorized scopes"),
        ("POST", "/accounts", "ana", 403, "This action is outside the authorized scopes"),
        ("POST", "/accounts", None, 401, "The access token is invalid"),
        ("GET", "/posts/1", "stolen", 401, "The access token is invalid"),
    ],
)
def test_who_may_not_is_told_in_mastodons_words(ask, method, path, token, status, error) -> None:
    answer = ask(CALLED, method, path, token=token)
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_who_may_gets_through(ask, ids) -> None:
    assert ask(CALLED, "POST", "/posts", token="ana").json() == 7
    assert ask(CALLED, "POST", "/accounts", token="app").json() == "AppToken"
    path = f"/posts/{ids.encode(Kind.POST, 9)}"
    assert ask(CALLED, "GET", path).json() == [9, None, "GET"]
    assert ask(CALLED, "GET", path, token="app").json() == [9, None, "GET"]
    assert ask(CALLED, "GET", "/open", token="stolen").content == b'{"ready":1}'


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic ana", "ana", "Bearer " + "x" * 600])
def test_a_malformed_authorization_is_no_token(ask, header) -> None:
    assert ask(CALLED, "POST", "/posts", headers={"authorization": header}).status_code == 401


# Answers ------------------------------------------------------------------------------------------------------


class Telling(msgspec.Struct):
    what: str = ""


class PostTooLong(Invalid):
    code = "post.too_long"
    message = "The text has {length} characters, {limit} are allowed"


@endpoint("GET", "/tell")
async def tell(query: Telling) -> Any:
    """Answer in the way asked for."""
    match query.what:
        case "page":
            return Page([Telling("a")], '<https://x/>; rel="next"')
        case "response":
            return Response("plain", media_type="text/plain")
        case "answer":
            return Answer.json({"id": "1"}, 202)
        case "half":
            return StreamingResponse(half())
        case "bug":
            secret = {"password": "hunter2"}
            return secret["nothing"]
    raise {
        "invalid": PostTooLong(field="status", length=5, limit=4),
        "invalid-no-field": PostTooLong(length=5, limit=4),
        "forbidden": Forbidden(),
        "not_found": NotFound(),
        "conflict": Conflict(),
        "too_many": TooMany(retry_after=2.2),
        "unavailable": Unavailable(),
    }[query.what]


async def half():
    yield b"first"
    raise RuntimeError("the disk is gone")


def test_a_page_carries_its_link(ask) -> None:
    answer = ask([tell], "GET", "/tell?what=page")
    assert (answer.json(), answer.headers["link"]) == ([{"what": "a"}], '<https://x/>; rel="next"')


def test_ready_answers_pass_as_they_are(ask) -> None:
    assert ask([tell], "GET", "/tell?what=response").text == "plain"
    assert ask([tell], "GET", "/tell?what=answer").status_code == 202


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("invalid", 422),
        ("forbidden", 403),
        ("not_found", 404),
        ("conflict", 409),
        ("too_many", 429),
        ("unavailable", 503),
    ],
)
def test_each_kind_of_refusal_has_its_status(ask, what, status) -> None:
    answer = ask([tell], "GET", f"/tell?what={what}")
    assert answer.status_code == status
    assert answer.headers.get("retry-after") == ("3" if what == "too_many" else None)


def test_an_invalid_field_is_named_even_if_the_sentence_does_not(ask) -> None:
    said = "status: The text has 5 characters, 4 are allowed"
    assert ask([tell], "GET", "/tell?what=invalid").json() == {
        "error": f"Validation failed: {said}",
        "details": {"status": [{"error": "post.too_long", "description": said}]},
    }
    whole = ask([tell], "GET", "/tell?what=invalid-no-field").json()
    assert whole == {"error": "The text has 5 characters, 4 are allowed"}


def test_a_fault_says_only_its_incident(ask, capsys) -> None:
    answer = ask([tell], "GET", "/tell?what=bug")
    assert answer.status_code == 500
    incident = answer.json()["error"].rpartition(" ")[2].strip(".")
    assert "hunter2" not in answer.text
    assert "KeyError" not in answer.text
    assert incident in capsys.readouterr().out


def test_a_stream_that_breaks_is_cut_not_completed(ask) -> None:
    # The in-process transport shows the cut as a 500 or as the exception; what must not be there is a clean end.
    app = tell
    sent: list[dict[str, Any]] = []

    async def send(message) -> None:
        sent.append(message)

    async def receive():
        return {"type": "http.request"}

    import asyncio

    scope = {
        "type": "http", "method": "GET", "path": "/tell", "headers": [], "query_string": b"what=half",
        "asgi": {"spec_version": "2.4"}, "palabre": type("State", (), {"ids": IdCodec(b"k" * 16)})(),
    }  # fmt: skip
    with pytest.raises(RuntimeError):
        asyncio.run(app(scope, receive, send))
    assert not any(message["type"] == "http.response.body" and not message.get("more_body") for message in sent)


def test_a_signature_that_disagrees_with_its_path_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="disagree about id"):

        @endpoint("GET", "/posts/{id}")
        async def without() -> None: ...

    with pytest.raises(TypeError, match="coroutine"):

        @endpoint("GET", "/x")
        def plain() -> None: ...
