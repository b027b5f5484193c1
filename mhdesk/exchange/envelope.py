"""The envelope ``.mhx``, version 1: signed inside, encrypted outside, the recipients inside the signature.

    "MHX1" | suite(1) | header_len(2) | header | header_mac(32) | payload
    header  = count(1) | count x ( kid(8) | length(2) | file key sealed by HPKE for that kid )
    header_mac = HMAC-SHA256(HKDF(file key, "header"), everything before it)
    payload = ChaCha20-Poly1305 chunks of 64 KiB; nonce = counter(11) | is_last(1); key = HKDF(file key, "payload")
    plaintext = manifest_len(4) | manifest | signature(64) | body
    signature = Ed25519("mhdesk/exchange/v1" | suite | sorted kids | SHA-256(manifest) | SHA-256(body))

The chunks are the construction of age (C2SP): a cut file lacks the chunk that says it is the last. Suite 1 is HPKE with
X25519, HKDF-SHA256 and ChaCha20-Poly1305; 2 is kept for the SM algorithms, 3 for a post-quantum KEM.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mhdesk.domain.errors import InputRefused
from mhdesk.exchange import keys

MAGIC, KIND = b"MHX1", b"MHX"
SUITE = 1
MOST_BYTES = 32 * 1024**2
MOST_MANIFEST = 64 * 1024
CHUNK = 64 * 1024
MOST_RECIPIENTS = 8
_TAG, _MAC, _COUNTER = 16, 32, 11
_FIXED = len(MAGIC) + 1 + 2
_SEALED_BYTES = 80  # X25519 share, 32 bytes of key, tag
_CONTEXT = b"mhdesk/exchange/v1"
_HPKE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


@dataclass(frozen=True, slots=True)
class Content:
    """What lay inside: authentic as to its bytes, but nobody has yet said who signed it."""

    manifest: bytes
    signature: bytes
    body: bytes
    kids: Sequence[str]

    def is_signed_by(self, public: bytes) -> bool:
        """Whether the holder of this key signed exactly this content for exactly these recipients."""
        return keys.is_signed(public, self.signature, _message(self.kids, self.manifest, self.body))


def seal(manifest: bytes, body: bytes, *, signer: bytes, recipients: Sequence[bytes]) -> bytes:
    """The envelope. `signer`: private Ed25519 key; `recipients`: public X25519 keys.

    Raises ValueError beyond the caps.
    """
    if len(manifest) > MOST_MANIFEST or not 1 <= len(recipients) <= MOST_RECIPIENTS:
        raise ValueError("manifest or recipients beyond the caps")
    kids = [keys.kid(public) for public in recipients]
    file_key = secrets.token_bytes(keys.KEY_BYTES)
    header = bytes([len(recipients)])
    for name, public in zip(kids, recipients, strict=True):
        sealed = _HPKE.encrypt(file_key, keys.sealing_public(public), _info(name))
        header += bytes.fromhex(name) + len(sealed).to_bytes(2) + sealed
    start = MAGIC + bytes([SUITE]) + len(header).to_bytes(2) + header
    mac = _header_mac(file_key, start)
    signature = keys.sign(signer, _message(kids, manifest, body))
    plain = len(manifest).to_bytes(4) + manifest + signature + body
    cipher = ChaCha20Poly1305(_subkey(file_key, mac, b"payload"))
    parts = [plain[at : at + CHUNK] for at in range(0, len(plain), CHUNK)]
    chunks = [cipher.encrypt(_nonce(at, at == len(parts) - 1), part, None) for at, part in enumerate(parts)]
    made = start + mac + b"".join(chunks)
    if len(made) > MOST_BYTES:
        raise ValueError("package beyond the cap")
    return made


def unseal(data: bytes, private_keys: Mapping[str, bytes]) -> Content:
    """Open with whichever key fits; `private_keys`: kid -> private X25519 key. Checks 1 to 3 of the district's order.

    Raises InputRefused: MH-PACK-01 no package or cut short, 02 too large, 03 made by a newer program, 04 meant for
    somebody else, 05 altered.
    """
    if len(data) > MOST_BYTES:
        raise InputRefused("MH-PACK-02", limit_mb=MOST_BYTES // 1024**2)
    if len(data) < _FIXED or not data.startswith(KIND):
        raise InputRefused("MH-PACK-01")
    if data[: len(MAGIC)] != MAGIC or data[len(MAGIC)] != SUITE:
        raise InputRefused("MH-PACK-03", version=f"{chr(data[3])}.{data[4]}" if chr(data[3]).isalnum() else "?")
    end = _FIXED + int.from_bytes(data[len(MAGIC) + 1 : _FIXED])
    if len(data) < end + _MAC + _TAG:
        raise InputRefused("MH-PACK-01")
    sealed = _recipients(data[_FIXED:end])
    name = next((one for one in sealed if one in private_keys), None)
    if name is None:
        raise InputRefused("MH-PACK-04", kid=" ".join(sealed))
    try:
        file_key = _HPKE.decrypt(sealed[name], keys.sealing_private(private_keys[name]), _info(name))
    except (InvalidTag, ValueError) as error:
        raise InputRefused("MH-PACK-05") from error
    mac = data[end : end + _MAC]
    if not hmac.compare_digest(mac, _header_mac(file_key, data[:end])):
        raise InputRefused("MH-PACK-05")
    plain = _payload(ChaCha20Poly1305(_subkey(file_key, mac, b"payload")), memoryview(data)[end + _MAC :])
    return _content(plain, list(sealed))


def _recipients(header: bytes) -> dict[str, bytes]:
    """The sealed file key by kid. Raises InputRefused MH-PACK-05."""
    found: dict[str, bytes] = {}
    size = keys.KID_BYTES + 2 + _SEALED_BYTES
    if not header or not 1 <= header[0] <= MOST_RECIPIENTS or len(header) != 1 + header[0] * size:
        raise InputRefused("MH-PACK-05")
    for at in range(1, len(header), size):
        name = header[at : at + keys.KID_BYTES].hex()
        length = int.from_bytes(header[at + keys.KID_BYTES : at + keys.KID_BYTES + 2])
        if length != _SEALED_BYTES or name in found:
            raise InputRefused("MH-PACK-05")
        found[name] = header[at + keys.KID_BYTES + 2 : at + size]
    return found


def _payload(cipher: ChaCha20Poly1305, sealed: memoryview) -> bytes:
    """Every chunk authentic, and the last one marked as the last. Raises InputRefused MH-PACK-05."""
    step = CHUNK + _TAG
    count = -(-len(sealed) // step)
    found = []
    try:
        for at in range(count):
            chunk = bytes(sealed[at * step : (at + 1) * step])
            found.append(cipher.decrypt(_nonce(at, at == count - 1), chunk, None))
    except (InvalidTag, ValueError) as error:
        raise InputRefused("MH-PACK-05") from error
    return b"".join(found)


def _content(plain: bytes, kids: Sequence[str]) -> Content:
    length = int.from_bytes(plain[:4])
    body_at = 4 + length + keys.SIGNATURE_BYTES
    if length > MOST_MANIFEST or len(plain) < body_at:
        raise InputRefused("MH-PACK-06")
    return Content(plain[4 : 4 + length], plain[4 + length : body_at], plain[body_at:], kids)


def _message(kids: Sequence[str], manifest: bytes, body: bytes) -> bytes:
    names = b"".join(bytes.fromhex(one) for one in sorted(kids))
    return _CONTEXT + bytes([SUITE]) + names + hashlib.sha256(manifest).digest() + hashlib.sha256(body).digest()


def _header_mac(file_key: bytes, start: bytes) -> bytes:
    return hmac.digest(_subkey(file_key, b"", b"header"), start, hashlib.sha256)


def _subkey(file_key: bytes, salt: bytes, purpose: bytes) -> bytes:
    """Salted with the header's MAC, the payload belongs to this header and no other."""
    return HKDF(hashes.SHA256(), keys.KEY_BYTES, salt or None, _CONTEXT + b"/" + purpose).derive(file_key)


def _info(name: str) -> bytes:
    return _CONTEXT + b"/file-key/" + bytes([SUITE]) + bytes.fromhex(name)


def _nonce(counter: int, is_last: bool) -> bytes:  # noqa: FBT001 - a bit of the format
    return counter.to_bytes(_COUNTER) + bytes([is_last])
