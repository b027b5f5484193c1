"""The master key and who can unwrap it: password slots and the recovery slot of the key files.

``keys-a.json`` and ``keys-b.json`` are two copies of one canonical JSON document with a generation number and a MAC.
A successful unwrap proves the password; what fails after that is damage. Needs no SQLAlchemy, so that the login window
is fast.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from db import atomic, recovery_code
from mhdesk.domain.errors import LedgerError

FILE_NAMES = ("keys-a.json", "keys-b.json")
MAGIC = "mhdesk-keys"
VERSION = 1
SUITE = 1  # international; 2 is kept for the SM algorithms
PASSWORD, RECOVERY = "password", "recovery"
_CIPHER = {"page_size": 4096, "sqlcipher": 4}
_MOST_BYTES = 1 << 20
_MOST_SLOTS = 256
_WRAPPED_BYTES = 48
_HEX = re.compile(r"(?:[0-9a-f]{2})+")


@dataclass(frozen=True)
class Kdf:
    """Cost of Argon2id; RFC 9106. `memory_kib` in KiB."""

    memory_kib: int = 128 * 1024
    iterations: int = 3
    lanes: int = 4

    def check(self) -> None:
        """Refuse, before anything is allocated, what would hang the PC. Raises ValueError."""
        if not (1 <= self.iterations <= 10 and 1 <= self.lanes <= 16):  # noqa: PLR2004 - the bounds themselves
            raise ValueError("argon2id cost out of bounds")
        if not 8 * self.lanes <= self.memory_kib <= 1024 * 1024:
            raise ValueError("argon2id memory out of bounds")

    def derive(self, password: str, salt: bytes) -> bytes:
        """The 32-byte key of a password."""
        self.check()
        argon = Argon2id(
            salt=salt, length=32, iterations=self.iterations, lanes=self.lanes, memory_cost=self.memory_kib
        )
        return argon.derive(password.encode())


#: About half a second on a two-core clinic PC: what each guess at a stolen file costs.
DEFAULT_KDF = Kdf()


@dataclass(frozen=True)
class Slot:
    """One way to the master key. `login` is empty for the recovery slot; `kdf` is None there."""

    id: str
    type: str
    login: str
    salt: str
    nonce: str
    ciphertext: str
    created: str
    kdf: Kdf | None = None


@dataclass(frozen=True)
class KeyDocument:
    """The signed part of a key file."""

    vault_id: str
    generation: int
    slots: tuple[Slot, ...]
    mac: str = ""

    def signed_bytes(self) -> bytes:
        """What the MAC covers: everything else, as canonical JSON."""
        return canonical(self._fields())

    def to_bytes(self) -> bytes:
        """The file's content, readable in thirty years."""
        return json.dumps(self._fields() | {"mac": self.mac}, ensure_ascii=False, sort_keys=True, indent=1).encode()

    def only(self, types: Iterable[str], key: bytes) -> KeyDocument:
        """The same document with slots of some types only, signed anew (backups that leave the PC)."""
        wanted = set(types)
        return replace(self, slots=tuple(slot for slot in self.slots if slot.type in wanted)).sign(key)

    def sign(self, key: bytes) -> KeyDocument:
        """With its MAC; `key` is the ring's ``hdr`` subkey."""
        return replace(self, mac=hmac.digest(key, self.signed_bytes(), hashlib.sha256).hex())

    def is_signed_by(self, key: bytes) -> bool:
        """Whether the MAC holds."""
        return hmac.compare_digest(self.mac, self.sign(key).mac)

    def _fields(self) -> dict[str, Any]:
        slots = []
        for slot in self.slots:
            entry = {name: value for name, value in asdict(slot).items() if name not in {"kdf", "salt"}}
            if slot.kdf is not None:
                entry["kdf"] = {"name": "argon2id", "salt": slot.salt, **asdict(slot.kdf)}
            else:
                entry["kdf"] = {"name": "hkdf-sha256", "salt": slot.salt}
            slots.append(entry)
        return {
            "magic": MAGIC,
            "v": VERSION,
            "vault_id": self.vault_id,
            "generation": self.generation,
            "cipher": _CIPHER,
            "suite": SUITE,
            "slots": slots,
        }


class KeyRing:
    """The unwrapped master key, its subkeys, and the changes to the slots that only it can sign."""

    def __init__(self, master: bytes, document: KeyDocument) -> None:
        """From an unwrapped key; use `new_ring`, `unlock` or `unlock_with_code`."""
        self._master = master
        self.document = document

    @property
    def vault_id(self) -> str:
        """The ledger's own number, the same in every backup."""
        return self.document.vault_id

    def subkey(self, purpose: str) -> bytes:
        """A 32-byte key: ``db``, ``hdr``, ``audit`` or ``backup``."""
        return _hkdf(self._master, bytes.fromhex(self.vault_id), purpose)

    def logins(self) -> set[str]:
        """Who has a password slot."""
        return {slot.login for slot in self.document.slots if slot.type == PASSWORD}

    def set_password(self, login: str, password: str, now: datetime, kdf: Kdf = DEFAULT_KDF) -> None:
        """Give `login` this password in place of any older one. Call `save` afterwards."""
        salt = secrets.token_bytes(16)
        slot = self._wrap(PASSWORD, login, kdf.derive(_folded(password), salt), salt, now, kdf)
        self._change([kept for kept in self.document.slots if (kept.type, kept.login) != (PASSWORD, login)] + [slot])

    def remove(self, login: str) -> None:
        """Take the password slot of `login` away. Call `save` afterwards."""
        self._change([kept for kept in self.document.slots if (kept.type, kept.login) != (PASSWORD, login)])

    def new_code(self, now: datetime) -> str:
        """A fresh recovery code; the old one opens nothing any more. Call `save` afterwards."""
        secret, salt = recovery_code.new_secret(), secrets.token_bytes(16)
        slot = self._wrap(RECOVERY, "", _hkdf(secret, salt, "recovery"), salt, now, None)
        self._change([kept for kept in self.document.slots if kept.type != RECOVERY] + [slot])
        return recovery_code.encode(secret)

    def save(self, folder: Path) -> None:
        """Write both copies, B first, each verified before the other is touched. Raises OSError."""
        data = self.document.to_bytes()
        for name in reversed(FILE_NAMES):
            atomic.write(folder / name, data)
            if (folder / name).read_bytes() != data:
                raise OSError(f"{name} does not read back")

    def _change(self, slots: list[Slot]) -> None:
        changed = replace(self.document, slots=tuple(slots), generation=self.document.generation + 1)
        self.document = changed.sign(self.subkey("hdr"))

    def _wrap(self, kind: str, login: str, key: bytes, salt: bytes, now: datetime, kdf: Kdf | None) -> Slot:
        nonce, slot_id = secrets.token_bytes(12), secrets.token_hex(8)
        sealed = ChaCha20Poly1305(key).encrypt(nonce, self._master, _context(self.vault_id, slot_id, kind, login))
        created = now.astimezone(UTC).isoformat(timespec="seconds")
        return Slot(slot_id, kind, login, salt.hex(), nonce.hex(), sealed.hex(), created, kdf)


def new_ring() -> KeyRing:
    """A ring with a fresh master key and vault id, without slots."""
    return KeyRing(secrets.token_bytes(32), KeyDocument(vault_id=secrets.token_hex(16), generation=0, slots=()))


def unlock(folder: Path, login: str, password: str) -> KeyRing:
    """The ring of a folder, opened by a password. An unknown login costs one KDF run like a known one.

    Raises LedgerError: MH-LEDGER-01 wrong login or password, MH-LEDGER-09 no usable key file.
    """
    return unlock_documents(read_documents(folder), login, password)


def unlock_documents(documents: list[KeyDocument], login: str, password: str) -> KeyRing:
    """As `unlock`, over documents already read (a backup carries its own)."""
    opened = False
    tried: dict[Slot, bytes | None] = {}
    for document in documents:
        slots = [slot for slot in document.slots if (slot.type, slot.login) == (PASSWORD, login)]
        for slot in slots[:1]:
            if slot not in tried:
                kdf = slot.kdf or DEFAULT_KDF
                tried[slot] = _unwrap(document.vault_id, slot, kdf.derive(_folded(password), bytes.fromhex(slot.salt)))
            master = tried[slot]
            opened = opened or master is not None
            if master is not None and (ring := _ring_if_signed(master, document)):
                return ring
    if not tried:
        known = next((slot.kdf for document in documents for slot in document.slots if slot.kdf), DEFAULT_KDF)
        known.derive(password, secrets.token_bytes(16))
    raise LedgerError("MH-LEDGER-09" if opened else "MH-LEDGER-01")


def unlock_with_code(folder: Path, code: str) -> KeyRing:
    """The ring of a folder, opened by the recovery code.

    Raises LedgerError: MH-LEDGER-11, 34 typing error, 12 not this ledger's code, 09 no usable key file.
    """
    return unlock_documents_with_code(read_documents(folder), code)


def unlock_documents_with_code(documents: list[KeyDocument], code: str) -> KeyRing:
    """As `unlock_with_code`, over documents already read."""
    secret, opened = recovery_code.decode(code), False
    for document in documents:
        for slot in document.slots:
            if slot.type != RECOVERY:
                continue
            key = _hkdf(secret, bytes.fromhex(slot.salt), "recovery")
            if master := _unwrap(document.vault_id, slot, key):
                opened = True
                if ring := _ring_if_signed(master, document):
                    return ring
    raise LedgerError("MH-LEDGER-09" if opened else "MH-LEDGER-12")


def read_documents(folder: Path) -> list[KeyDocument]:
    """The readable key documents of a folder, newest first, each once. Raises LedgerError MH-LEDGER-09: none."""
    found: dict[bytes, KeyDocument] = {}
    for name in FILE_NAMES:
        try:
            file = folder / name
            if file.stat().st_size <= _MOST_BYTES:
                document = parse(file.read_bytes())
                found[document.to_bytes()] = document
        except (OSError, ValueError):
            continue
    if not found:
        raise LedgerError("MH-LEDGER-09")
    return sorted(found.values(), key=lambda document: -document.generation)


def parse(data: bytes) -> KeyDocument:
    """Read a key document strictly; every bound is checked before any key is derived. Raises ValueError."""
    try:
        found = json.loads(data)
        if (found["magic"], found["v"], found["suite"], found["cipher"]) != (MAGIC, VERSION, SUITE, _CIPHER):
            raise ValueError("not a key file of this version")
        if not isinstance(found["slots"], list) or len(found["slots"]) > _MOST_SLOTS:
            raise ValueError("too many slots")
        generation = found["generation"]
        if type(generation) is not int or not 0 <= generation < 1 << 53:
            raise ValueError("generation")
        return KeyDocument(
            vault_id=_hex(found["vault_id"], 16),
            generation=generation,
            slots=tuple(_parse_slot(entry) for entry in found["slots"]),
            mac=_hex(found["mac"], 32),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a key file") from error


def canonical(value: object) -> bytes:
    """JSON with one spelling only: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _parse_slot(entry: dict[str, Any]) -> Slot:
    kind, kdf = entry["type"], entry["kdf"]
    cost = None
    if kind == PASSWORD and kdf["name"] == "argon2id":
        cost = Kdf(kdf["memory_kib"], kdf["iterations"], kdf["lanes"])
        if any(type(value) is not int for value in asdict(cost).values()):
            raise ValueError("argon2id cost")
        cost.check()
    elif kind != RECOVERY or kdf["name"] != "hkdf-sha256":
        raise ValueError("unknown slot")
    login, created = entry["login"], entry["created"]
    if not (isinstance(login, str) and isinstance(created, str)):
        raise TypeError("login")
    if set(entry) != {"id", "type", "login", "nonce", "ciphertext", "created", "kdf"}:
        raise ValueError("fields of a slot")
    return Slot(
        id=_hex(entry["id"], 8),
        type=kind,
        login=login,
        salt=_hex(kdf["salt"], 16),
        nonce=_hex(entry["nonce"], 12),
        ciphertext=_hex(entry["ciphertext"], _WRAPPED_BYTES),
        created=created,
        kdf=cost,
    )


def _hex(value: Any, size: int) -> str:
    if not isinstance(value, str) or len(value) != 2 * size or not _HEX.fullmatch(value):
        raise ValueError("hexadecimal")
    return value


def _context(vault_id: str, slot_id: str, kind: str, login: str) -> bytes:
    """What a wrapped key is bound to: a slot cannot be moved to another login or ledger."""
    return canonical([vault_id, slot_id, kind, login, SUITE])


def _hkdf(key: bytes, salt: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, f"mhdesk/1/{purpose}".encode()).derive(key)


def _folded(password: str) -> str:
    """Spaces around a password are never meant; nothing else is changed."""
    return password.strip()


def _unwrap(vault_id: str, slot: Slot, key: bytes) -> bytes | None:
    context = _context(vault_id, slot.id, slot.type, slot.login)
    try:
        return ChaCha20Poly1305(key).decrypt(bytes.fromhex(slot.nonce), bytes.fromhex(slot.ciphertext), context)
    except InvalidTag:
        return None


def _ring_if_signed(master: bytes, document: KeyDocument) -> KeyRing | None:
    ring = KeyRing(master, document)
    return ring if document.is_signed_by(ring.subkey("hdr")) else None
