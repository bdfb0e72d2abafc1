"""Beacons and proofs, good and bad, from fixed keys: what every implementation must believe, and must not.

``python tests/beacon_vectors.py`` writes tests/fixtures/beacon/vectors.json anew.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

from palabre.beacon.rules import proof_bytes
from palabre.beacon.signing import Signer

FILE = Path(__file__).parent / "fixtures" / "beacon" / "vectors.json"
NOW = 1_800_000_000_000
_A, _B, _C, _D, _THIEF = (Signer(bytes([number]) * 32) for number in (1, 2, 3, 4, 9))


def _links(*signers: Signer) -> list[dict[str, str]]:
    """Announce each key but the last, which is only promised."""
    network = signers[0].public
    made = [signer.link(network, following) for signer, following in itertools.pairwise(signers)]
    return [{"key": each.key, "next": each.next, "signature": each.signature} for each in made]


def _beacon(by: Signer, keys: list[dict[str, str]], **changed: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "version": 1,
        "network": keys[0]["key"],
        "epoch": 3,
        "sequence": 7,
        "issued": NOW // 1000 - 60,
        "expires": NOW // 1000 + 86_400,
        "origins": ["https://talk.example", "https://talk.example.net:8443"],
        "onion": "",
        "reserve": ["talk.example.org"],
        "keys": keys,
        **changed,
    }
    return by.beacon(fields)


def _text(beacon: dict[str, Any]) -> str:
    return json.dumps(beacon, separators=(",", ":"))


def cases() -> list[dict[str, Any]]:
    """List them: ``name``, ``beacon`` (as it comes), ``pin``, and the ``refused`` code or the ``pin`` after it."""
    first = _links(_A, _B)
    second = _links(_A, _B, _C)
    third = _links(_A, _B, _C, _D)
    pin = {"network": _A.public, "key": _A.public, "next": first[0]["next"], "epoch": 3, "sequence": 7}

    def case(name: str, beacon: str | dict[str, Any], pin: dict[str, Any] | None, result: Any) -> dict[str, Any]:
        text = beacon if isinstance(beacon, str) else _text(beacon)
        wanted = {"refused": result} if isinstance(result, str) else {"after": {**pin_of(text), **(result or {})}}
        return {"name": name, "text": text, "pin": pin, **wanted}

    def pin_of(text: str) -> dict[str, Any]:
        read = json.loads(text)
        last = read["keys"][-1]
        return {
            "network": read["network"], "key": last["key"], "next": last["next"],
            "epoch": read["epoch"], "sequence": read["sequence"],
        }  # fmt: skip

    good = _beacon(_A, first)
    forged = {**good, "origins": ["https://thief.example"]}
    thief_says = _links(_A, _THIEF)  # somebody has the key of today, and promises his own for tomorrow
    stolen = [first[0], _links(_THIEF, _B)[0]]
    spaced = json.dumps(dict(sorted(good.items(), reverse=True)), indent=2)
    return [
        case("the first one is believed, and pinned", good, None, None),
        case("the same again", good, pin, None),
        case("members in another order, with white space", spaced, pin, None),
        case("a member that is not known yet is signed too", _beacon(_A, first, later=["a", {"b": 1}]), pin, None),
        case("with origins that are lost", _beacon(_A, first, former=["https://gone.example"]), pin, None),
        case("a higher sequence", _beacon(_A, first, sequence=8), pin, None),
        case("a higher epoch, although its sequence begins anew", _beacon(_A, first, epoch=4, sequence=1), pin, None),
        case("the key that was promised", _beacon(_B, second, epoch=3, sequence=8), pin, None),
        case("two keys further", _beacon(_C, third, epoch=5, sequence=1), pin, None),
        case("a lower sequence", _beacon(_A, first, sequence=6), pin, "beacon.older"),
        case("a lower epoch, a higher sequence", _beacon(_A, first, epoch=2, sequence=90), pin, "beacon.older"),
        case("changed after it was signed", forged, pin, "beacon.forged"),
        case("changed after it was signed, met first", forged, None, "beacon.forged"),
        case("a signature that is none", {**good, "signature": "AAAA"}, pin, "beacon.forged"),
        case("signed with another key", _beacon(_THIEF, first), pin, "beacon.forged"),
        case("another network", _beacon(_THIEF, _links(_THIEF, _B)), pin, "beacon.foreign"),
        case("keys that begin elsewhere", _beacon(_B, second[1:], network=_A.public), pin, "beacon.wrong_key"),
        case("a key that was not promised", _beacon(_THIEF, stolen, network=_A.public), pin, "beacon.wrong_key"),
        case("today's key with another promise", _beacon(_A, thief_says), pin, "beacon.wrong_key"),
        case("the former key, after it was changed", good, pin_of(_text(_beacon(_B, second))), "beacon.wrong_key"),
        case("a link that is not signed", _beacon(_A, [{**first[0], "signature": "AAAA"}]), pin, "beacon.wrong_key"),
        case("expired", _beacon(_A, first, sequence=8, expires=NOW // 1000), pin, "beacon.expired"),
        case("expired, met first", _beacon(_A, first, expires=NOW // 1000 - 1), None, "beacon.expired"),
        case("a later version", _beacon(_A, first, version=2), pin, "beacon.malformed"),
        case("without origins", _beacon(_A, first, origins=[]), pin, "beacon.malformed"),
        case("without keys", {**good, "keys": []}, pin, "beacon.malformed"),
        case("an epoch in words", _beacon(_A, first, epoch="3"), pin, "beacon.malformed"),
        case("lost origins that are no list", _beacon(_A, first, former="gone"), pin, "beacon.malformed"),
        case("no JSON", "<!doctype html><title>Seized</title>", pin, "beacon.malformed"),
        case("a list", "[]", pin, "beacon.malformed"),
        case("very long", _text(_beacon(_A, first, later="x" * 20_000)), pin, "beacon.malformed"),
    ]  # fmt: skip


def proofs() -> list[dict[str, Any]]:
    """List proofs of ``https://talk.example``, with and without a nonce."""
    origin, issued, nonce = "https://talk.example", NOW // 1000, "0123456789abcdef"

    def proof(by: Signer, of: str = origin, epoch: int = 3, asked: str = "") -> str:
        return f"1.{epoch}.{issued}.{by.sign(proof_bytes(_A.public, of, epoch, issued, asked))}"

    said = {"epoch": 3, "issued": issued}
    return [
        {"name": "good", "proof": proof(_A), "nonce": "", "says": said},
        {"name": "good, asked with a nonce", "proof": proof(_A, asked=nonce), "nonce": nonce, "says": said},
        {"name": "of another origin", "proof": proof(_A, "https://talk.example.net:8443"), "nonce": "", "says": None},
        {"name": "for another nonce", "proof": proof(_A, asked="fedcba9876543210"), "nonce": nonce, "says": None},
        {"name": "without the nonce", "proof": proof(_A), "nonce": nonce, "says": None},
        {"name": "by another key", "proof": proof(_THIEF), "nonce": "", "says": None},
        {"name": "of another epoch", "proof": proof(_A).replace("1.3.", "1.4."), "nonce": "", "says": None},
        {"name": "of a later version", "proof": "2" + proof(_A)[1:], "nonce": "", "says": None},
        {"name": "nothing", "proof": "", "nonce": "", "says": None},
    ]


def vectors() -> str:
    """Write all of it."""
    pin = {"network": _A.public, "key": _A.public}
    whole = {"now": NOW, "beacons": cases(), "origin": "https://talk.example", "pin": pin, "proofs": proofs()}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(vectors(), "utf-8")
