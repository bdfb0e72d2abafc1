"""What a method of the API is called with: people, posts and whatever else has to be there before."""

from __future__ import annotations

import datetime as dt
import io
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from palabre import clock
from palabre.accounts.actions import SignUp, sign_up
from palabre.accounts.model import Role
from palabre.announcements.actions import announce
from palabre.cards.model import Reading
from palabre.edge.consent import Asked, allow, consent
from palabre.emojis.actions import add_emoji
from palabre.ids import Kind, PostId, new_id
from palabre.posts.linking import Wanted, place_card
from palabre.posts.tables import post
from palabre.push.encryption import b64, public_point
from palabre.store.statement import statement
from unit.api.network import Caller, Network

ALL = "read write follow push profile"
BACK = "https://app.example/back"
LATER = "2027-06-01T10:00:00Z"
DEVICE = {
    "p256dh": b64(public_point(ec.derive_private_key(7, ec.SECP256R1()))),
    "auth": b64(b"sixteen bytes yo"),
}


def show_card(network: Network, post: str, url: str, title: str = "News") -> None:
    """Let a post show the card of the page that it links, as if that had been read."""
    wanted = Wanted(PostId(network.site.ids.decode(Kind.POST, post)), url)
    network.write(place_card, wanted, Reading(title=title, provider="Gazette", author="Dee"), None)


class Scene:
    """A network with three people who know each other; every scene of a network has people of its own."""

    def __init__(self, network: Network, number: int) -> None:
        self.network = network
        self.number = number

    def _person(self, name: str) -> Caller:
        return self.network.member(f"{name}{self.number}", ALL)

    @cached_property
    def ana(self) -> Caller:
        """Whoever calls the method."""
        return self._person("ana")

    @cached_property
    def bo(self) -> Caller:
        return self._person("bo")

    @cached_property
    def cy(self) -> Caller:
        return self._person("cy")

    @cached_property
    def root(self) -> Caller:
        """An administrator."""
        return self.network.member(f"root{self.number}", f"{ALL} admin:read admin:write", role=Role.ADMIN)

    @property
    def word(self) -> str:
        """A hashtag that no other scene uses."""
        return f"word{self.number}"

    # Acts

    def met(self) -> Caller:
        """Let Ana follow Bo."""
        self.ana.follow(self.bo)
        return self.bo

    def fan(self) -> Caller:
        """Let Bo follow Ana."""
        self.bo.follow(self.ana)
        self.network.settle()
        return self.bo

    def asked(self) -> Caller:
        """Let Bo ask to follow Ana."""
        self.ana.call("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
        return self.fan()

    def done(self, caller: Caller, path: str, **body: Any) -> Any:
        return caller.post(path, **body)

    def post(self, **more: Any) -> str:
        """Let Ana say something."""
        made: str = self.ana.say("Hello", **more)["id"]
        return made

    def of_bo(self, *acts: str, text: str = "Hello", **more: Any) -> str:
        """Let Bo say something, and Ana do something about it."""
        made: str = self.bo.say(text, **more)["id"]
        for act in acts:
            self.ana.post(f"/api/v1/statuses/{made}/{act}")
        return made

    def quoted(self) -> dict[str, str]:
        mine = self.post()
        return {"id": mine, "quoting_status_id": self.bo.say("Look", quoted_status_id=mine)["id"]}

    def poll(self) -> dict[str, Any]:
        made: dict[str, Any] = self.bo.say("Which?", poll={"options": ["a", "b"], "expires_in": 300})["poll"]
        return made

    def picture(self) -> tuple[str, bytes, str]:
        file = io.BytesIO()
        Image.new("RGB", (9, 9)).save(file, "PNG")
        return ("x.png", file.getvalue(), "image/png")

    def media(self) -> str:
        made: str = self.ana.call("POST", "/api/v2/media", files={"file": self.picture()}).json()["id"]
        return made

    def later(self) -> str:
        made: str = self.ana.say("Later", scheduled_at=LATER)["id"]
        return made

    def notification(self) -> dict[str, Any]:
        self.fan()
        told: dict[str, Any] = self.ana.get("/api/v1/notifications")[0]
        return told

    def request(self) -> str:
        """Let a private mention wait."""
        self.bo.say(f"@{self.ana.name} psst", visibility="direct")
        self.network.settle()
        waiting: str = self.ana.get("/api/v1/notifications/requests")[0]["id"]
        return waiting

    def conversation(self) -> str:
        self.met()
        self.bo.say(f"@{self.ana.name} hi", visibility="direct")
        self.network.settle()
        found: str = self.ana.get("/api/v1/conversations")[0]["id"]
        return found

    def list(self, *members: Caller) -> str:
        made: str = self.ana.post("/api/v1/lists", title="x")["id"]
        for member in members:
            self.ana.post(f"/api/v1/lists/{made}/accounts", account_ids=[member.id])
        return made

    def filter(self) -> dict[str, Any]:
        words = {"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": "oak"}]}
        made: dict[str, Any] = self.ana.post("/api/v2/filters", **words)
        return made

    def filter_v1(self) -> str:
        made: str = self.ana.post("/api/v1/filters", phrase="oak", context=["home"])["id"]
        return made

    def filtered(self) -> dict[str, Any]:
        number = self.filter()["id"]
        self.ana.post(f"/api/v2/filters/{number}/statuses", status_id=self.of_bo())
        made: dict[str, Any] = self.ana.get(f"/api/v2/filters/{number}")
        return made

    def announcement(self) -> str:
        self.network.write(announce, f"Hello {self.number}")
        found: str = self.ana.get("/api/v1/announcements")[0]["id"]
        return found

    def emoji(self) -> None:
        self.network.write(add_emoji, f"tree{self.number}", file="em/x.webp", still="em/x.png")

    def tagged(self, member: Caller | None = None) -> str:
        """Let somebody use the hashtag."""
        (member or self.bo).say(f"Look at #{self.word}")
        self.network.settle()
        return self.word

    def trend(self) -> None:
        for member in (self.ana, self.bo, self.cy):
            member.say(f"#{self.word}")

    def liked(self) -> str:
        """Let three people like what Bo says."""
        made = self.of_bo()
        for member in (self.ana, self.cy, self._person("dee")):
            member.post(f"/api/v1/statuses/{made}/favourite")
        return made

    def linked(self) -> str:
        """Let three people link a page."""
        url = f"https://news.example.org/{self.word}"
        for member in (self.ana, self.bo, self.cy):
            show_card(self.network, member.say(f"Read {url}")["id"], url)
        return url

    def collection(self) -> dict[str, str]:
        """Let Ana recommend Bo, and Bo recommend Ana."""
        mine = self.ana.post("/api/v1/collections", name="Trees", tag_name="trees", account_ids=[self.bo.id])
        his = self.bo.post("/api/v1/collections", name="Birds", account_ids=[self.ana.id])["collection"]
        return {
            "id": mine["collection"]["id"],
            "item": mine["collection"]["items"][0]["id"],
            "his": his["id"],
            "me_in_his": his["items"][0]["id"],
        }

    def year(self) -> int:
        """Let Ana have posted last year, and ask for its report."""
        year = clock.as_datetime(clock.now()).year - 1
        number = self.network.site.ids.decode(Kind.POST, self.post())
        then = clock.from_datetime(dt.datetime(year, 6, 1, tzinfo=dt.UTC))
        moved = statement(sa.update(post).where(post.c.id == number).values(id=new_id(then)))
        self.network.write(lambda tx: tx.run(moved))
        return year

    def report(self) -> int:
        year = self.year()
        self.ana.post(f"/api/v1/annual_reports/{year}/generate")
        return year

    def featured(self) -> str:
        made: str = self.ana.post("/api/v1/featured_tags", name=self.word)["id"]
        return made

    def text(self, name: str) -> None:
        folder = self.network.site.folder / "texts"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.txt").write_text("Words", "utf-8")

    def subscription(self) -> dict[str, Any]:
        return {"subscription": {"endpoint": "https://push.example.org/send/a", "keys": DEVICE}}

    # What administrators look after

    def waiting(self) -> str:
        """Let somebody wait to be let in."""
        wanted = SignUp(username=f"dee{self.number}", password_hash="x", reason="To talk", email="dee@example.org")
        made = self.network.write(sign_up, self.network.site.keyring, wanted, policy="approval")
        return self.network.site.ids.encode(Kind.ACCOUNT, made.id)

    def reported(self) -> str:
        """Let Ana report what Bo says."""
        rules = self.ana.get("/api/v1/instance/rules")
        about = {"account_id": self.bo.id, "status_ids": [self.of_bo()], "rule_ids": [rules[0]["id"]]}
        made: str = self.ana.post("/api/v1/reports", comment="Rude", **about)["id"]
        return made

    def wanted(self, what: str) -> dict[str, Any]:
        """Say what an entry of a list of administrators needs."""
        server = f"far{self.number}.example"
        return {
            "canonical_email_blocks": {"email": f"dee@{server}"},
            "domain_allows": {"domain": server},
            "domain_blocks": {"domain": server, "severity": "silence", "public_comment": "Spam"},
            "email_domain_blocks": {"domain": server},
            "ip_blocks": {"ip": f"2001:db8:{self.number:x}::/48", "severity": "sign_up_block", "expires_in": 3600},
        }[what]

    def entry(self, what: str) -> dict[str, Any]:
        """Let an administrator make an entry."""
        made: dict[str, Any] = self.root.post(f"/api/v1/admin/{what}", **self.wanted(what))
        return made

    def app(self) -> dict[str, str]:
        """Register an app, and give its name and secret."""
        made = self.network.register(ALL, BACK)
        return {"client_id": made["client_id"], "client_secret": made["client_secret"]}

    def code(self) -> dict[str, str]:
        """Let Ana allow an app, which exchanges the code that it gets."""
        app, site = self.app(), self.network.site
        wanted = Asked(client_id=app["client_id"], redirect_uri=BACK, scope="read")
        asked = self.network.run(site.db.read(consent, site.ids, wanted))
        code = self.network.write(allow, site.keyring, self.ana.number, asked)
        return {**app, "grant_type": "authorization_code", "code": code, "redirect_uri": BACK}

    def given(self) -> dict[str, str]:
        """Give an app a token, which it takes back."""
        code = self.code()
        token = self.network.visitor.post("/oauth/token", **code)["access_token"]
        return {"client_id": code["client_id"], "client_secret": code["client_secret"], "token": token}
