"""Cookies that no script reads, no other host sets and no other site sends along with a form."""

from __future__ import annotations

import re

from palabre.edge.request import Request

_VALUE = re.compile(r"[A-Za-z0-9_.~-]*", re.ASCII)


class Cookie:
    """One cookie of the web app. Over HTTPS its name begins with ``__Host-``: a subdomain cannot plant it."""

    __slots__ = ("_attributes", "name")

    def __init__(self, name: str, *, secure: bool) -> None:
        """``secure`` says that the origin is https."""
        self.name = f"__Host-{name}" if secure else name
        self._attributes = "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")

    def set(self, value: str, *, seconds: int | None = None) -> tuple[bytes, bytes]:
        """Return the header that sets it, for ``seconds`` or until the browser closes."""
        if not _VALUE.fullmatch(value):
            msg = "a cookie's value is letters, digits and _.~-"
            raise ValueError(msg)
        age = "" if seconds is None else f"; Max-Age={seconds}"
        return b"set-cookie", f"{self.name}={value}{age}{self._attributes}".encode()

    def clear(self) -> tuple[bytes, bytes]:
        """Return the header that removes it."""
        return self.set("", seconds=0)

    def read(self, request: Request) -> str | None:
        """Return the value that came with ``request``; an empty or odd one counts as none."""
        for key, raw in request.scope["headers"]:
            if key != b"cookie":
                continue
            for part in str(raw, "latin-1").split(";"):
                name, _, value = part.strip().partition("=")
                if name == self.name and value and _VALUE.fullmatch(value):
                    return value
        return None
