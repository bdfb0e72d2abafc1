"""Who a server is to the others of its network: a key, a certificate of its own, and TLS 1.3 with pinned peers."""

from __future__ import annotations

import datetime as dt
import ssl
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID

from palabre.files import write_durably
from palabre.ids import nonce

_KEY: Final = "node.key"
_CERTIFICATE: Final = "node.crt"
_POINT = 65
_NONCE = 12
_LONG_AGO: Final = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_NEVER: Final = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
"""A clock that is wrong must not part two servers, so certificates do not expire; removing a node ends its access."""


class Node:
    """This server's key pair and certificate, in the folder ``survival``."""

    def __init__(self, folder: Path) -> None:
        """Load them, or make them."""
        self._key_file = folder / _KEY
        self._certificate_file = folder / _CERTIFICATE
        if not self._certificate_file.exists():
            _make(folder)
        self.certificate = self._certificate_file.read_bytes()
        self.name = fingerprint(self.der)

    @property
    def der(self) -> bytes:
        """The certificate in binary."""
        return ssl.PEM_cert_to_DER_cert(self.certificate.decode())

    def serving(self) -> ssl.SSLContext:
        """Return the context for those who connect here: they show a certificate that was accepted, or none."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self._certificate_file, self._key_file)
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def joining(self) -> ssl.SSLContext:
        """Return the context for the first connection to a server of which only the fingerprint is known.

        The caller compares the fingerprint before it sends anything.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def connecting(self, peer: bytes) -> ssl.SSLContext:
        """Return the context for connections to the server with this certificate, and to no other."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False  # a certificate, not a name, is what is pinned
        context.load_verify_locations(cadata=peer.decode())
        context.load_cert_chain(self._certificate_file, self._key_file)
        return context

    def unwrap(self, purpose: str, wrapped: bytes) -> bytes:
        """Decrypt what :func:`wrap` made for this node and ``purpose``."""
        key = serialization.load_pem_private_key(self._key_file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            msg = "the node's key is of another kind"
            raise TypeError(msg)
        ephemeral = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), wrapped[:_POINT])
        secret = _derive(key.exchange(ec.ECDH(), ephemeral), wrapped[:_POINT])
        sealed = wrapped[_POINT:]
        return AESGCM(secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())


def fingerprint(der: bytes) -> str:
    """Return the name by which a certificate is known: 64 hexadecimal digits."""
    return sha256(der).hexdigest()


def wrap(certificate: bytes, purpose: str, secret: bytes) -> bytes:
    """Encrypt ``secret`` so that only the owner of ``certificate`` (PEM) can read it."""
    public = x509.load_pem_x509_certificate(certificate).public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        msg = "the node's key is of another kind"
        raise TypeError(msg)
    ephemeral = ec.generate_private_key(ec.SECP256R1())
    point = ephemeral.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    once = nonce(_NONCE)
    key = _derive(ephemeral.exchange(ec.ECDH(), public), point)
    return point + once + AESGCM(key).encrypt(once, secret, purpose.encode())


def _derive(shared: bytes, point: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=point, info=b"palabre node").derive(shared)


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    # Each its own name: among certificates of one name OpenSSL looks at the first only, and refuses the others.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"palabre {nonce(16).hex()}")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_LONG_AGO)
        .not_valid_after(_NEVER)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_durably(folder / _KEY, secret)
    write_durably(folder / _CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM))
