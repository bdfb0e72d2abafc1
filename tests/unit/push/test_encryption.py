"""Encryption of push messages, against the examples of the RFCs."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from deciphering import Device
from palabre.push.encryption import b64, private_key, public_point, seal, seal_as_draft, seal_content, vapid_token
from people import KEYRING


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_rfc_8188_section_3_1() -> None:
    sealed = seal_content(b"I am the walrus", raw("yqdlZ-tYemfogSmv7Ws5PQ"), raw("I1BsxtFttlv3u_Oo94xnmw"), b"")
    assert b64(sealed) == "I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg"


def test_rfc_8291_appendix_a() -> None:
    sealed = seal(
        b"When I grow up, I want to be a watermelon",
        receiver=raw("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        auth=raw("BTBZMqHH6r4Tts7J_aSIgg"),
        sender=private_key(int.from_bytes(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")),
        salt=raw("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert b64(sealed.body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PB"
        "ru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert sealed.headers == {"Content-Encoding": "aes128gcm"}


@pytest.mark.parametrize("sealing", [seal, seal_as_draft])
def test_the_device_reads_what_was_sealed_for_it_and_no_other_does(sealing: object) -> None:
    device, other = Device(), Device()
    sealed = sealing(  # type: ignore[operator]
        "Grüße".encode(), receiver=device.point, auth=device.auth, sender=ec.generate_private_key(ec.SECP256R1()),
        salt=bytes(range(16)),
    )  # fmt: skip
    assert device.read(sealed.body, sealed.headers) == "Grüße".encode()
    with pytest.raises(InvalidTag):
        other.read(sealed.body, sealed.headers)


def test_vapid_says_who_sends() -> None:
    key = private_key(KEYRING.push_scalar)
    token = vapid_token(key, audience="https://push.example", expires=1_700_000_000, subject="mailto:x@example.org")
    head, claims, signature = token.split(".")
    assert json.loads(raw(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(raw(claims)) == {
        "aud": "https://push.example", "exp": 1_700_000_000, "sub": "mailto:x@example.org",
    }  # fmt: skip
    both = raw(signature)
    assert len(both) == 64
    der = utils.encode_dss_signature(int.from_bytes(both[:32], "big"), int.from_bytes(both[32:], "big"))
    key.public_key().verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))


def test_the_key_is_that_of_the_network_and_stays() -> None:
    # Devices have subscribed with it: it must never come out differently.
    assert b64(public_point(private_key(KEYRING.push_scalar))) == (
        "BJ0AfEJM-vT5fWQHBGfle4cFZp-hpCyXQw4ChR4RIaGzUsTZXtLS__k7EMUMhBIE8n8Hmh0_QsD6zT42o1pCg00"
    )
