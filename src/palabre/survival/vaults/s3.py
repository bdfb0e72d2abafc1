"""A vault in an S3 store, through obstore (``pip install 'palabre[s3]'``)."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from palabre.survival.vaults.errors import PlaceUnavailable, WrongPlace
from palabre.survival.vaults.places import AlreadyThere, Missing, options, shown

_AT_ONCE = 500
_RETRIES = 2


def store_of(address: str, *, seconds: float = 60, connect_seconds: float = 10, retries: int = _RETRIES) -> Any:
    """Return obstore's client for the S3 store at ``address``; nothing is asked of it yet.

    Args:
        address: ``s3://KEY:SECRET@bucket/prefix?endpoint=https://…&region=…``.
        seconds: how long one request may take.
        connect_seconds: how long connecting may take.
        retries: how often a request that failed is sent again.

    Raises:
        WrongPlace: it names no bucket, or obstore is not installed.

    """
    place = shown(address)
    try:
        import obstore.store  # noqa: PLC0415 - optional dependency
    except ImportError:
        raise WrongPlace(place=place, problem="needs: pip install 'palabre[s3]'") from None
    parts = urlsplit(address)
    bucket = parts.netloc.rpartition("@")[2]
    if not bucket:
        raise WrongPlace(place=place, problem="names no bucket, as in s3://bucket/prefix")
    given = options(address)
    wanted: dict[str, Any] = {"region": given.get("region", "us-east-1")}
    if "endpoint" in given:
        wanted["endpoint"] = given["endpoint"]
    if parts.username:
        wanted["access_key_id"] = unquote(parts.username)
        wanted["secret_access_key"] = unquote(parts.password or "")
    client: Any = {"timeout": timedelta(seconds=seconds), "connect_timeout": timedelta(seconds=connect_seconds)}
    if given.get("endpoint", "").startswith("http://"):
        client["allow_http"] = True
    return obstore.store.S3Store(
        bucket,
        prefix=parts.path.strip("/") or None,
        client_options=client,
        retry_config={"max_retries": retries, "retry_timeout": timedelta(seconds=seconds / 2)},
        virtual_hosted_style_request=False,
        **wanted,
    )


class S3Place:
    """A bucket, or a part of it: ``s3://KEY:SECRET@bucket/prefix?endpoint=https://…&region=…``.

    What the address leaves out comes from the usual variables (``AWS_ACCESS_KEY_ID`` and so on).
    """

    def __init__(self, address: str) -> None:
        self.shown = shown(address)
        self._store = store_of(address)

    def prepare(self, *, new: bool) -> None:
        """Nothing has to be made: a bucket exists or it does not."""

    def put(self, name: str, content: bytes) -> None:
        """Keep an object unless there is one of this name."""
        with self._explained():
            self._store.put(name, content, mode="create")

    def get(self, name: str) -> bytes:
        """Fetch an object."""
        with self._explained():
            return bytes(self._store.get(name).bytes())

    def names(self, prefix: str) -> Iterator[tuple[str, int]]:
        """List page by page."""
        with self._explained():
            for page in self._store.list(prefix):
                for one in page:
                    yield one["path"], one["size"]

    def delete(self, names: Collection[str]) -> None:
        """Remove some hundreds at a time."""
        listed = list(names)
        for start in range(0, len(listed), _AT_ONCE):
            with self._explained(), contextlib.suppress(Missing):
                self._store.delete(listed[start : start + _AT_ONCE])

    def close(self) -> None:
        """The client closes what it does not need."""

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError  # noqa: PLC0415 - optional

        try:
            yield
        except AlreadyExistsError:
            raise AlreadyThere from None
        except (NotFoundError, FileNotFoundError):
            raise Missing from None
        except (BaseError, OSError) as error:
            raise PlaceUnavailable(place=self.shown, problem=str(error).partition("\n")[0][:200]) from error
