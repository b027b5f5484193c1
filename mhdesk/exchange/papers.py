"""Signed papers that go beside the packages: setup (.mhs), registration (.mhg), receipt (.mhr). JSON, readable by eye.

    {"magic": "mhdesk-setup", "v": 1, "body": {…}, "signatures": {kid: base64}}

Each signature covers the magic and the canonical body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mhdesk.domain.errors import InputRefused
from mhdesk.exchange import keys, strict

SETUP, REGISTRATION, RECEIPT = "mhdesk-setup", "mhdesk-registration", "mhdesk-receipt"
VERSION = 1
MOST_BYTES = 4 * 1024**2
MOST_UNITS = 5000


def _key(size: int) -> strict.Check:
    def check(value: Any) -> bool:
        try:
            return bool(keys.from_text(value, size))
        except ValueError:
            return False

    return check


_PUBLIC = _key(keys.KEY_BYTES)
_NOTE = {
    "code": strict.code,
    "params": strict.mapped(strict.code, strict.words(200), 20),
}
_SHAPES: Mapping[str, strict.Shape] = {
    SETUP: {
        "serial": strict.whole(1),
        "issued": strict.instant,
        "name": strict.words(100, 1),
        "signing": _PUBLIC,
        "working": _PUBLIC,
        "backup": _PUBLIC,
        "matching": strict.mapped(strict.hexadecimal(8), _PUBLIC, 4),
        "first_weekday": strict.whole(0, 6),
        "due_days": strict.whole(0, 60),
        "units": strict.listed(strict.shaped({"code": strict.code, "name": strict.words(100, 1)}), MOST_UNITS),
        "revoked": strict.listed(strict.hexadecimal(8), MOST_UNITS),
    },
    REGISTRATION: {
        "org_code": strict.code,
        "name": strict.words(100, 1),
        "public": _PUBLIC,
        "district": strict.hexadecimal(8),
        "issued": strict.instant,
    },
    RECEIPT: {
        "district": strict.hexadecimal(8),
        "org_code": strict.code,
        "package_id": strict.uuid,
        "file_hash": strict.hexadecimal(32),
        "seq": strict.whole(1),
        "start": strict.day,
        "is_accepted": strict.boolean,
        "issued": strict.instant,
        "audit_seq": strict.whole(),
        "audit_head": strict.hexadecimal(32),
        "notes": strict.listed(strict.shaped(_NOTE), 200),
        "conflicts": strict.listed(
            strict.shaped(
                {
                    "kind": strict.code,
                    "tokens": strict.mapped(strict.hexadecimal(8), strict.hexadecimal(16), 4),
                    "orgs": strict.listed(strict.code, 100),
                }
            ),
            5000,
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper whose shape is right. Who signed it, `is_signed_by` says."""

    magic: str
    body: Mapping[str, Any]
    signatures: Mapping[str, bytes]

    def is_signed_by(self, public: bytes) -> bool:
        """Whether the holder of this key signed it."""
        signature = self.signatures.get(keys.kid(public))
        return signature is not None and keys.is_signed(public, signature, _message(self.magic, self.body))


def write(magic: str, body: Mapping[str, Any], signers: Sequence[bytes]) -> bytes:
    """The paper, signed by these private Ed25519 keys. Raises ValueError for one this program would refuse."""
    if not strict.fits(dict(body), _SHAPES[magic]):
        raise ValueError("the paper does not fit its own shape")
    message = _message(magic, body)
    signatures = {
        keys.signing_pair(private).kid: keys.to_text(keys.sign(private, message)) for private in dict.fromkeys(signers)
    }
    return strict.canonical({"magic": magic, "v": VERSION, "body": dict(body), "signatures": signatures})


def read(magic: str, data: bytes) -> Paper:
    """A paper of this kind. Raises InputRefused MH-KEYS-01 not such a paper, 02 made by a newer program."""
    try:
        document = strict.parse(data, MOST_BYTES)
    except ValueError as error:
        raise InputRefused("MH-KEYS-01") from error
    if not isinstance(document, dict) or document.get("magic") != magic:
        raise InputRefused("MH-KEYS-01")
    version = document.get("v")
    if type(version) is int and version > VERSION:
        raise InputRefused("MH-KEYS-02")
    shape = {
        "magic": strict.one_of(magic),
        "v": strict.one_of(VERSION),
        "body": strict.shaped(_SHAPES[magic]),
        "signatures": strict.mapped(strict.hexadecimal(keys.KID_BYTES), _key(keys.SIGNATURE_BYTES), 4),
    }
    if not strict.fits(document, shape):
        raise InputRefused("MH-KEYS-01")
    signatures = {name: keys.from_text(words, keys.SIGNATURE_BYTES) for name, words in document["signatures"].items()}
    return Paper(magic, document["body"], signatures)


def _message(magic: str, body: Mapping[str, Any]) -> bytes:
    return b"mhdesk/exchange/paper/" + magic.encode() + b"\n" + strict.canonical(body)
