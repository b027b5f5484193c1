"""Backup containers (``.mhb``): written, checked six ways, thinned by generation.

A container is: magic, length of the manifest, manifest (JSON), the encrypted database itself, an HMAC over all before
it. The body is a normal SQLCipher file, so that standard tools can open it with the key. Local copies carry all key
slots; copies that leave the PC carry only the recovery slot, so that a stolen stick gives nothing to guess at.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from sqlcipher3 import dbapi2 as driver

from db import atomic, engine, keys
from mhdesk import __version__
from mhdesk.domain.errors import LedgerError, OutputFailed, UserError

FOLDER = "backups"
SUFFIX = ".mhb"
MAGIC = b"MHBACKUP1\n"
_LENGTH_BYTES = 8
_MAC_BYTES = 32
_MOST_MANIFEST = 1 << 22
_BLOCK = 1 << 20
_NAME = re.compile(r"backup-(\d{6,})-\d{8}T\d{6}Z(?:-usb)?\.mhb")
#: Room asked for before starting: the body, the container and as much again: refused early, not half way.
_ROOM = 3
MIGRATION = "migration"


class Check(NamedTuple):
    """One of the checks a backup or the ledger went through. `name` is a word of the table ``check`` in the texts."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True)
class Backup:
    """A container and what its manifest says (not yet verified)."""

    file: Path
    generation: int
    created: datetime
    kind: str
    removable: bool
    size: int
    manifest: dict[str, Any]
    checks: tuple[Check, ...] = ()  # what it went through when it was written


def write(
    raw: Any, ring: keys.KeyRing, destination: Path, *, generation: int, now: datetime, kind: str, removable: bool
) -> Backup:
    """Write and verify one container in `destination` from the live connection `raw`.

    Raises OutputFailed: MH-LEDGER-28 too little room, MH-LEDGER-30 a check failed; LedgerError MH-LEDGER-29 the ledger
    itself is damaged. In each case older containers are untouched.
    """
    destination.mkdir(mode=0o700, parents=True, exist_ok=True)
    # SQLCipher answers some pragmas with text.
    size = int(raw.execute("PRAGMA page_count").fetchone()[0]) * int(raw.execute("PRAGMA page_size").fetchone()[0])
    free = shutil.disk_usage(destination).free
    if free < _ROOM * size:
        raise OutputFailed("MH-LEDGER-28", needed=_ROOM * size // 2**20 + 1, free=free // 2**20)
    check_source(raw)
    with _temp(destination) as body, _temp(destination) as temp:
        _copy(raw, body, ring.subkey("db"))
        manifest = _manifest(raw, ring, body, generation=generation, now=now, kind=kind, removable=removable)
        checks = tuple(check_body(body, ring.subkey("db"), manifest))
        failed = [check for check in checks if not check.ok]
        if failed:
            raise OutputFailed("MH-LEDGER-30", check=failed[0].name)
        _assemble(temp, body, manifest, ring.subkey("backup"))
        if not _mac_holds(temp, ring.subkey("backup")):
            raise OutputFailed("MH-LEDGER-30", check="mac")
        stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        target = destination / f"backup-{generation:06d}-{stamp}{'-usb' if removable else ''}{SUFFIX}"
        atomic.replace(temp, target)
        atomic.sync_folder(destination)
    return replace(read_manifest(target), checks=checks)


def before_migration(raw: Any, ring: keys.KeyRing, folder: Path, now: datetime) -> Backup:
    """The verified backup without which no step runs; it is never thinned out while it is the last of its kind."""
    generation = next_generation(folder, 0)
    return write(raw, ring, folder / FOLDER, generation=generation, now=now, kind=MIGRATION, removable=False)


def check_source(raw: Any) -> None:
    """Raise LedgerError MH-LEDGER-29 when the live ledger is damaged: no good backup is to be replaced by a bad one."""
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    if raw.execute("PRAGMA cipher_integrity_check").fetchall():
        raise LedgerError("MH-LEDGER-29")
    if raw.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
        raise LedgerError("MH-LEDGER-29")


def listed(folder: Path) -> list[Backup]:
    """The readable containers of a ledger's own backup folder, newest generation first."""
    found = []
    for file in (folder / FOLDER).glob(f"*{SUFFIX}"):
        with contextlib.suppress(UserError, OSError):
            found.append(read_manifest(file))
    return sorted(found, key=lambda backup: -backup.generation)


def next_generation(folder: Path, known: int) -> int:
    """A number above every backup made before, whatever the clock or a restored database says."""
    names = (_NAME.fullmatch(file.name) for file in (folder / FOLDER).glob(f"*{SUFFIX}"))
    return max([known, *(int(match[1]) for match in names if match)]) + 1


def read_manifest(file: Path) -> Backup:
    """What a container says about itself, unverified. Raises LedgerError MH-LEDGER-31 when it is none."""
    try:
        with file.open("rb") as stream:
            manifest = _read_header(stream)
        created = datetime.fromisoformat(manifest["created"])
        return Backup(
            file=file,
            generation=int(manifest["generation"]),
            created=created,
            kind=str(manifest["kind"]),
            removable=bool(manifest["removable"]),
            size=file.stat().st_size,
            manifest=manifest,
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise LedgerError("MH-LEDGER-31") from error


def key_document(backup: Backup) -> keys.KeyDocument:
    """The key slots a container carries. Raises LedgerError MH-LEDGER-31."""
    try:
        return keys.parse(json.dumps(backup.manifest["keys"]).encode())
    except (ValueError, KeyError) as error:
        raise LedgerError("MH-LEDGER-31") from error


def extract(backup: Backup, ring: keys.KeyRing, target: Path) -> list[Check]:
    """Verify a container and put its body in `target`; returns the six checks, all of which held.

    Raises LedgerError: MH-LEDGER-31 altered or damaged, MH-LEDGER-32 of another ledger.
    """
    if backup.manifest.get("vault_id") != ring.vault_id:
        raise LedgerError("MH-LEDGER-32")
    if not _mac_holds(backup.file, ring.subkey("backup")):
        raise LedgerError("MH-LEDGER-31")
    with backup.file.open("rb") as stream, target.open("xb") as out:
        _read_header(stream)
        _pump(stream, out, int(backup.manifest["body"]["bytes"]))
        out.flush()
        os.fsync(out.fileno())
    checks = check_body(target, ring.subkey("db"), backup.manifest)
    if not all(check.ok for check in checks):
        raise LedgerError("MH-LEDGER-31")
    return checks


def check_body(file: Path, key: bytes, manifest: dict[str, Any]) -> list[Check]:
    """The six checks of a backup, on the file itself through a fresh connection."""
    digest = _sha256(file)
    same = Check("sha256", digest == manifest["body"]["sha256"])
    try:
        raw = engine.connect(file, key, mode="ro&immutable=1")
    except Exception as error:  # noqa: BLE001 - whatever the driver says, the file does not open
        return [Check("open", ok=False, detail=type(error).__name__), same]
    try:
        return [*_sound(raw), _same_content(raw, manifest), same]
    except driver.DatabaseError as error:
        return [Check("open", ok=False, detail=type(error).__name__), same]
    finally:
        raw.close()


def counts(raw: Any) -> dict[str, int]:
    """Rows of every table."""
    tables = raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
    return {name: raw.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables}  # noqa: S608 - names from the schema


def audit_head(raw: Any) -> dict[str, Any]:
    """The end of the audit chain, as the manifest keeps it."""
    row = raw.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return {"seq": row[0], "head": row[1]} if row else {"seq": 0, "head": ""}


def _sound(raw: Any) -> list[Check]:
    raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return [
        Check("open", ok=True),
        Check("cipher_integrity", not raw.execute("PRAGMA cipher_integrity_check").fetchall()),
        Check("integrity", raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]),
        Check("foreign_keys", not raw.execute("PRAGMA foreign_key_check").fetchall()),
    ]


def _same_content(raw: Any, manifest: dict[str, Any]) -> Check:
    same = counts(raw) == manifest["rows"] and audit_head(raw) == manifest["audit"]
    return Check("content", same and raw.execute("PRAGMA user_version").fetchone()[0] == manifest["schema"])


def _copy(raw: Any, body: Path, key: bytes) -> None:
    """Page by page through SQLite's backup, in one go: in steps it never ends beside a busy writer."""
    target = engine.connect(body, key, mode="rwc")
    try:
        raw.backup(target, pages=-1)
    finally:
        target.close()
    with body.open("rb+") as stream:
        os.fsync(stream.fileno())


def _manifest(
    raw: Any, ring: keys.KeyRing, body: Path, *, generation: int, now: datetime, kind: str, removable: bool
) -> dict[str, Any]:
    document = ring.document.only([keys.RECOVERY], ring.subkey("hdr")) if removable else ring.document
    epoch = raw.execute("SELECT value FROM setting WHERE key = 'epoch'").fetchone()
    return {
        "vault_id": ring.vault_id,
        "epoch": int(epoch[0]) if epoch else 1,
        "generation": generation,
        "kind": kind,
        "removable": removable,
        "created": now.astimezone(UTC).isoformat(timespec="seconds"),
        "app_version": __version__,
        "schema": raw.execute("PRAGMA user_version").fetchone()[0],
        "rows": counts(raw),
        "audit": audit_head(raw),
        "body": {"bytes": body.stat().st_size, "sha256": _sha256(body)},
        "keys": json.loads(document.to_bytes()),
    }


def _assemble(temp: Path, body: Path, manifest: dict[str, Any], key: bytes) -> None:
    header = keys.canonical(manifest)
    with temp.open("xb") as out, body.open("rb") as stream:
        mac = hmac.new(key, digestmod=hashlib.sha256)
        for part in (MAGIC, len(header).to_bytes(_LENGTH_BYTES, "big"), header):
            out.write(part)
            mac.update(part)
        while block := stream.read(_BLOCK):
            out.write(block)
            mac.update(block)
        out.write(mac.digest())
        out.flush()
        os.fsync(out.fileno())


def _read_header(stream: BinaryIO) -> dict[str, Any]:
    """The manifest; the stream then stands at the body. Raises ValueError."""
    if stream.read(len(MAGIC)) != MAGIC:
        raise ValueError("not a backup")
    length = int.from_bytes(stream.read(_LENGTH_BYTES), "big")
    if not 0 < length <= _MOST_MANIFEST:
        raise ValueError("manifest too long")
    found = json.loads(stream.read(length))
    if not isinstance(found, dict):
        raise TypeError("manifest")
    return found


def _mac_holds(file: Path, key: bytes) -> bool:
    left = file.stat().st_size - _MAC_BYTES
    mac = hmac.new(key, digestmod=hashlib.sha256)
    with file.open("rb") as stream:
        while left > 0 and (block := stream.read(min(_BLOCK, left))):
            mac.update(block)
            left -= len(block)
        return left == 0 and hmac.compare_digest(mac.digest(), stream.read())


def _pump(stream: BinaryIO, out: BinaryIO, length: int) -> None:
    while length > 0 and (block := stream.read(min(_BLOCK, length))):
        out.write(block)
        length -= len(block)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def _temp(folder: Path) -> Iterator[Path]:
    """A private name in `folder` that is gone afterwards, with what SQLite may put beside it."""
    file = folder / f".backup-{secrets.token_hex(4)}.tmp"
    try:
        yield file
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)


def thin(folder: Path) -> list[Path]:
    """Remove local containers nobody will miss; returns what was removed. Never call it after a failed check."""
    backups = listed(folder)
    keep = kept_generations([(backup.generation, backup.created, backup.kind) for backup in backups])
    removed = []
    for backup in backups:
        if backup.generation not in keep:
            backup.file.unlink()
            removed.append(backup.file)
    return removed


def kept_generations(known: list[tuple[int, datetime, str]]) -> set[int]:
    """Which of (generation, made at, kind), newest first, stay: 24 latest, 14 days, 8 weeks, 24 months, every year.

    Counted along generations, not by age: a clock that jumps ahead removes nothing. The newest three and the last one
    before a migration always stay.
    """
    keep = {generation for generation, _, _ in known[:24]}
    keep.update([generation for generation, _, kind in known if kind == MIGRATION][:1])
    rules = (("%Y-%m-%d", 14), ("%G-W%V", 8), ("%Y-%m", 24), ("%Y", None))
    for pattern, most in rules:
        newest: dict[str, int] = {}
        for generation, made, _ in known:
            newest.setdefault(made.astimezone(UTC).strftime(pattern), generation)
        keep.update(list(newest.values())[:most])
    return keep
