"""Keys of the exchange: X25519 to seal for, Ed25519 to sign with, how both are named and compared by telephone."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

KID_BYTES = 8
KEY_BYTES = 32
SIGNATURE_BYTES = 64
TOKEN_BYTES = 16
_GROUPS, _DIGITS = 8, 4


@dataclass(frozen=True, slots=True)
class Pair:
    """A key pair as it is stored: 32 bytes each."""

    private: bytes
    public: bytes

    @property
    def kid(self) -> str:
        """Its short name."""
        return kid(self.public)


def new_sealing_pair() -> Pair:
    """A fresh X25519 pair: whoever holds the private half can open packages."""
    key = X25519PrivateKey.generate()
    return Pair(key.private_bytes_raw(), key.public_key().public_bytes_raw())


def new_signing_pair() -> Pair:
    """A fresh Ed25519 pair: whoever holds the private half can speak as this office."""
    key = Ed25519PrivateKey.generate()
    return Pair(key.private_bytes_raw(), key.public_key().public_bytes_raw())


def signing_pair(private: bytes) -> Pair:
    """The pair of a stored private half. Raises ValueError."""
    return Pair(private, Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw())


def sealing_pair(private: bytes) -> Pair:
    """The pair of a stored private half. Raises ValueError."""
    return Pair(private, X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw())


def kid(public: bytes) -> str:
    """The short name of a public key: 8 bytes of its hash, in hex."""
    return hashlib.sha256(b"mhdesk/exchange/kid" + public).digest()[:KID_BYTES].hex()


def fingerprint(*publics: bytes) -> str:
    """What two people read to each other: 8 groups of 4 digits over one or several public keys (106 bits)."""
    digest = hashlib.sha256(b"mhdesk/exchange/fingerprint" + b"".join(publics)).digest()
    digits = f"{int.from_bytes(digest) % 10 ** (_GROUPS * _DIGITS):0{_GROUPS * _DIGITS}d}"
    return " ".join(digits[at : at + _DIGITS] for at in range(0, len(digits), _DIGITS))


def same_fingerprint(typed: str, wanted: str) -> bool:
    """Whether the digits agree; how they are grouped does not matter."""
    digits = "".join(char for char in typed if char.isdigit() and char.isascii())
    return hmac.compare_digest(digits, wanted.replace(" ", ""))


def sign(private: bytes, message: bytes) -> bytes:
    """An Ed25519 signature."""
    return Ed25519PrivateKey.from_private_bytes(private).sign(message)


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature holds; never raises."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def sealing_public(public: bytes) -> X25519PublicKey:
    """The key object packages are sealed for. Raises ValueError."""
    return X25519PublicKey.from_public_bytes(public)


def sealing_private(private: bytes) -> X25519PrivateKey:
    """The key object that opens packages. Raises ValueError."""
    return X25519PrivateKey.from_private_bytes(private)


def to_text(key: bytes) -> str:
    """Bytes as they stand in a JSON document."""
    return base64.b64encode(key).decode()


def from_text(words: object, size: int = KEY_BYTES) -> bytes:
    """Bytes of a JSON document, exactly `size` of them. Raises ValueError."""
    if not isinstance(words, str):
        raise ValueError("no text")  # noqa: TRY004 - one kind of error for everything that is not a key
    try:
        found = base64.b64decode(words, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(found) != size:
        raise ValueError("wrong size")
    return found


def token(key: bytes, kind: str, words: str) -> str:
    """A matching token: the same person gives the same one in every township of the district, and no way back.

    128 bits of HMAC-SHA256. Whoever holds the key can try numbers one by one: a token stays personal information.
    """
    return hmac.digest(key, f"mhdesk/token/{kind}\n{words}".encode(), hashlib.sha256)[:TOKEN_BYTES].hex()
