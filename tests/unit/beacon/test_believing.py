"""Which beacons are believed: the vectors that every implementation shares."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

import beacon_vectors
from palabre.beacon.errors import BeaconMalformed, BeaconRefused
from palabre.beacon.model import Pin
from palabre.beacon.rules import from_text, proof_bytes, read, txt_record, verified
from palabre.beacon.signing import check

VECTORS = json.loads(beacon_vectors.FILE.read_text("utf-8"))


def test_the_vectors_are_what_this_version_signs() -> None:
    assert beacon_vectors.FILE.read_text("utf-8") == beacon_vectors.vectors(), "run python tests/beacon_vectors.py"


@pytest.mark.parametrize("case", VECTORS["beacons"], ids=lambda case: case["name"])
def test_a_beacon(case: dict[str, Any]) -> None:
    pin = msgspec.convert(case["pin"], Pin) if case["pin"] else None
    if "refused" in case:
        with pytest.raises(BeaconRefused) as refused:
            verified(case["text"].encode(), pin, VECTORS["now"], check)
        assert refused.value.code == case["refused"]
        return
    beacon, after = verified(case["text"].encode(), pin, VECTORS["now"], check)
    assert msgspec.to_builtins(after) == case["after"]
    assert beacon.origins[0] == "https://talk.example"


def test_every_way_of_refusing_is_among_the_vectors() -> None:
    ways = {each.code for each in BeaconRefused.__subclasses__()}
    assert {case.get("refused") for case in VECTORS["beacons"]} - {None} == ways


@pytest.mark.parametrize("case", VECTORS["proofs"], ids=lambda case: case["name"])
def test_a_proof(case: dict[str, Any]) -> None:
    kind, epoch, issued, signature = (
        (*case["proof"].split("."), "", "", "")[:4] if case["proof"] else ("", "", "", "")
    )
    pin = VECTORS["pin"]
    said = proof_bytes(pin["network"], VECTORS["origin"], int(epoch or 0), int(issued or 0), case["nonce"])
    good = kind == "1" and check(from_text(pin["key"]), said, from_text(signature))
    assert good == (case["says"] is not None)


def test_the_txt_record_is_the_same_beacon() -> None:
    text = VECTORS["beacons"][0]["text"].encode()
    record = txt_record(text)
    assert all(len(part) <= 257 for part in record.split(" "))
    assert read(record.encode()) == read(text)
    assert read(record.replace('" "', "").strip('"').encode()) == read(text), "as resolvers give it"
    with pytest.raises(BeaconMalformed):
        read(b'"palabre-beacon=%%%"')
