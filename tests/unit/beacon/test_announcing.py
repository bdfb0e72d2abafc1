"""What the network says of where it is: signed anew when it changes, with keys that were promised before."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from fixtures_store import Store
from palabre import clock
from palabre.beacon import actions, sql
from palabre.beacon.errors import (
    BeaconOlder,
    BeaconWrongKey,
    LastOrigin,
    NoBeacon,
    NotNamed,
    SetElsewhere,
    WrongKeyring,
    WrongNonce,
)
from palabre.beacon.lighthouse import HEADER, Lighthouse
from palabre.beacon.model import Beacon, Pin, Places
from palabre.beacon.rules import from_text, proof_bytes, verified
from palabre.beacon.signing import check
from palabre.survival.vaults.corner import put_beacon
from people import KEYRING

A, B, C = "https://a.example", "https://b.example", "https://c.example"


def issue(store: Store, epoch: int = 1, **settings: object) -> Beacon:
    return msgspec.json.decode(store.write(actions.issue, KEYRING, Places(**settings), A, epoch), type=Beacon)


def body(store: Store) -> bytes:
    return store.read(actions.kept)[0].encode()


def test_the_first_beacon_names_the_origin_and_is_believed(store: Store) -> None:
    said = issue(store)
    assert (said.origins, said.epoch, said.sequence) == ((A,), 1, 1)
    beacon, pin = verified(body(store), None, clock.now(), check)
    assert beacon == said
    assert pin.network == said.keys[0].key


def test_it_is_signed_anew_only_when_it_says_something_else(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    issue(store)
    assert not store.read(actions.is_due, Places(), A, 1)
    assert issue(store).sequence == 1
    assert issue(store, origins=(B, A), onion="http://x.onion", reserve=("c.example",)).sequence == 2
    said = issue(store, origins=(B,))
    assert (said.origins, said.sequence) == ((A, B), 3), "the origin of the accounts is always named"
    assert (issue(store, epoch=2, origins=(B,)).epoch, issue(store, epoch=2, origins=(B,)).sequence) == (2, 1)
    assert issue(store, epoch=1, origins=(B,)).epoch == 2, "an epoch never goes back"
    later = clock.now() + 8 * clock.DAY
    monkeypatch.setattr(clock, "now", lambda: later)
    assert issue(store, epoch=2, origins=(B,)).sequence == 2, "a week later it is signed anew"


def test_what_the_operator_says_counts_until_a_setting_does(store: Store) -> None:
    issue(store)
    store.write(actions.say_places, Places(origins=(B, A), reserve=("c.example",)))
    said = issue(store)
    assert (said.origins, said.reserve) == ((B, A), ("c.example",))
    assert issue(store, origins=(A,)).origins == (A,)


def test_an_origin_that_is_not_named_any_more_is_called_a_former_one(store: Store) -> None:
    assert issue(store, origins=(A, B)).former == ()
    assert issue(store, origins=(A,)).former == (B,)
    said = issue(store, origins=(A, C))
    assert (said.origins, said.former) == ((A, C), (B,))
    assert issue(store, origins=(A,)).former == (C, B), "the newest first"
    said = issue(store, origins=(A, B))
    assert (said.origins, said.former) == ((A, B), (C,)), "what is named is lost no more"
    for number in range(20):
        issue(store, origins=(A, f"https://{number}.example"))
    assert issue(store).former[:2] == ("https://19.example", "https://18.example")
    assert len(issue(store).former) == actions.MOST_FORMER


def test_the_origin_of_the_accounts_can_be_lost_too(store: Store) -> None:
    def lose(lost: str, **settings: object) -> Beacon:
        return msgspec.json.decode(store.write(actions.lose, KEYRING, Places(**settings), A, 1, lost), type=Beacon)

    with pytest.raises(LastOrigin):
        lose(A)
    store.write(actions.say_places, Places(origins=(A, B, C)))
    issue(store)
    with pytest.raises(NotNamed):
        lose("https://d.example")
    with pytest.raises(SetElsewhere):
        lose(B, origins=(A, B))
    said = lose(A)
    assert (said.origins, said.former, said.sequence) == ((B, C), (A,), 2)
    assert not store.read(actions.is_due, Places(), A, 1), "and it stays lost"
    assert issue(store, epoch=2).origins == (B, C), "with the server that leads next too"
    said = lose(C)
    assert (said.origins, said.former) == ((B,), (C, A))
    with pytest.raises(LastOrigin):
        lose(B)
    store.write(actions.say_places, Places(origins=(B, A)))
    assert issue(store).origins == (B, A), "it is back when it is named"
    assert issue(store).former == (C,)


def test_pages_of_a_lost_origin_read_ours_and_send_us_no_forms(store: Store) -> None:
    lighthouse = Lighthouse(KEYRING, Places(), A)
    forms, readers = lighthouse.origins, lighthouse.readers
    store.write(actions.say_places, Places(origins=(A, B)))
    issue(store)
    store.read(lighthouse.load)
    assert forms == readers == {A, B}
    store.write(actions.lose, KEYRING, Places(), A, 1, A)
    store.read(lighthouse.load)
    assert forms == {B}, "who holds it now sends no form as ours, and signs nobody in"
    assert readers == {A, B}, "the app that was installed there goes on here"
    assert lighthouse.addresses == {A, B}, "links that were given out lead here"
    assert lighthouse.proof(b"a.example") is None, "nothing is proved for it"


def test_the_key_changes_to_the_one_that_was_promised(store: Store) -> None:
    issue(store)
    _, pin = verified(body(store), None, clock.now(), check)
    before = body(store)
    store.write(actions.rotate, KEYRING, Places(), A, 1)
    _, after = verified(body(store), pin, clock.now(), check)
    assert after.key != pin.key
    assert after.sequence == 2
    with pytest.raises(BeaconWrongKey):
        verified(before, after, clock.now(), check)
    store.write(actions.rotate, KEYRING, Places(), A, 1)
    _, latest = verified(body(store), pin, clock.now(), check)  # who missed one change follows two
    assert latest.key not in {pin.key, after.key}
    assert issue(store, origins=(B,)).keys[-1].key == latest.key, "and signs what comes then"
    sealed = [key.sealed for key in store.read(sql.keys)]
    assert [each is None for each in sealed] == [True, True, False, False], "secret halves of former keys are gone"


def test_renewed_columns_open_with_the_new_key_alone(store: Store) -> None:
    issue(store)
    renewed = msgspec.structs.replace(KEYRING, columns="06" * 32, old={"columns": [KEYRING.columns]})
    store.write(actions.renew, renewed)
    alone = msgspec.structs.replace(renewed, old={})
    assert store.read(actions.signing, alone).signer.public == issue(store).keys[-1].key
    store.write(actions.rotate, alone, Places(), A, 1)
    with pytest.raises(WrongKeyring):
        store.read(actions.signing, KEYRING)


def test_a_restored_older_beacon_is_refused(store: Store) -> None:
    issue(store)
    old = body(store)
    issue(store, origins=(B,))
    _, pin = verified(body(store), None, clock.now(), check)
    with pytest.raises(BeaconOlder):
        verified(old, pin, clock.now(), check)


def test_the_proof_of_an_origin_is_for_its_host_only(store: Store) -> None:
    lighthouse = Lighthouse(KEYRING, Places(origins=(A, B)), A)
    store.read(lighthouse.load)
    assert lighthouse.proof(b"a.example") is None, "nothing was announced yet"
    with pytest.raises(NoBeacon):
        lighthouse.challenge("a.example", "0123456789abcdef")
    issue(store, epoch=4, origins=(A, B))
    store.read(lighthouse.load)
    _, pin = verified(body(store), None, clock.now(), check)
    name, value = lighthouse.proof(b"b.example") or (b"", b"")
    assert name == HEADER
    assert _proves(value.decode(), pin, B)
    assert not _proves(value.decode(), pin, A)
    assert lighthouse.proof(b"thief.example") is None
    asked = "0123456789abcdef"
    assert _proves(lighthouse.challenge("a.example", asked), pin, A, asked)
    with pytest.raises(NoBeacon):
        lighthouse.challenge("thief.example", asked)
    for wrong in ("short", "x" * 65, "with a newline\n....", "é" * 20):
        with pytest.raises(WrongNonce):
            lighthouse.challenge("a.example", wrong)
    assert lighthouse.origins == {A, B}
    issue(store, epoch=4, origins=(A,))
    store.read(lighthouse.load)
    assert lighthouse.origins == {A}
    assert lighthouse.proof(b"b.example") is None


def _proves(proof: str, pin: Pin, origin: str, asked: str = "") -> bool:
    kind, epoch, issued, signature = proof.split(".")
    assert (kind, epoch) == ("1", "4")
    return check(from_text(pin.key), proof_bytes(pin.network, origin, 4, int(issued), asked), from_text(signature))


def test_a_server_that_was_replaced_leaves_the_beacon_of_its_successor_in_a_vault(
    store: Store, tmp_path: Path
) -> None:
    issue(store)
    old = body(store)
    issue(store, epoch=2)
    new = body(store)
    kept = tmp_path / "public" / "beacon.json"
    assert put_beacon(str(tmp_path), old)
    assert put_beacon(str(tmp_path), new)
    assert not put_beacon(str(tmp_path), old)
    assert kept.read_bytes() == new
    for strange in (new.replace(b'"epoch":2', b'"epoch":9'), b"", b"[]"):  # nobody of us signed it
        kept.write_bytes(strange)
        assert put_beacon(str(tmp_path), old)
        assert kept.read_bytes() == old
