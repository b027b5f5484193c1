"""Manifest, rows and signed papers: strict to read, and no room for a name where none belongs."""

from __future__ import annotations

import json
import uuid
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mhdesk.domain.errors import InputRefused
from mhdesk.exchange import body, keys, manifest, papers

NAME = "罗丽莎"
HASH = "ab" * 32


def good_manifest(**changes: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "min_reader": 1,
        "package_id": str(uuid.UUID(int=7)),
        "district": "00" * 8,
        "org_code": "0007",
        "station": "11" * 8,
        "kind": "weekly",
        "epoch": 1,
        "seq": 3,
        "revision": 1,
        "reason": None,
        "start": "2026-11-16",
        "end": "2026-11-23",
        "cut_off": "2026-11-20",
        "created": "2026-11-20T02:00:00+00:00",
        "clock_suspect": False,
        "schema": 7,
        "level": "D1",
        "counts": {"values": 1, "person": 204},
        "previous": None,
        "audit": {"seq": 9, "head": HASH, "previous_seq": 0, "previous_head": HASH},
        "backup": None,
        "rules": {"id": "cq2023", "version": "1"},
        "is_frozen": True,
        "data_hash": HASH,
        "program": "1.0",
        "body": HASH,
    } | changes


def test_what_is_written_is_read() -> None:
    found = manifest.read(manifest.write(good_manifest()))
    assert (found.seq, found.level, found.audit_seq, found.rules_id) == (3, "D1", 9, "cq2023")
    assert found.end.isoformat() == "2026-11-23"


@pytest.mark.parametrize(
    "changes",
    [
        {"extra": 1},
        {"seq": "3"},
        {"seq": True},
        {"seq": 0},
        {"level": "D3"},
        {"reason": NAME},
        {"org_code": NAME},
        {"program": f"1.0 {NAME}"},
        {"package_id": "7"},
        {"created": "2026-11-20T02:00:00"},
        {"start": "2026-13-01"},
        {"end": "2026-11-16"},
        {"cut_off": "2026-11-23"},
        {"counts": {"people": 1}},
        {"audit": {"seq": 9}},
        {"body": HASH[:-1]},
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InputRefused) as refused:
        manifest.read(json.dumps(good_manifest(**changes)).encode())
    assert refused.value.code == "MH-PACK-06"


def test_a_manifest_for_later_readers_names_their_version() -> None:
    with pytest.raises(InputRefused) as refused:
        manifest.read(json.dumps({"min_reader": 2, "other": []}).encode())
    assert refused.value.code == "MH-PACK-03"


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_refused_with_a_code(data: bytes) -> None:
    for read in (manifest.read, lambda one: papers.read(papers.SETUP, one), body.unpack):
        with pytest.raises(InputRefused):
            read(data)


def person(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "person",
        "tokens": {"22" * 8: "33" * 16},
        "weak": {},
        "birth_year": 1971,
        "sex": "1",
        "diagnosis": "1",
        "risk": "0",
        "class": "1",
        "adherence": None,
        "state": "active",
        "since": None,
        "to": None,
        "last_visit": "2026-11-02",
        "form": "2",
        "places": [0, 1, 5],
    } | changes


def test_rows_come_back() -> None:
    rows = [person(), {"kind": "balance", **dict.fromkeys(("opening", "new", "moved_in", "died", "moved_out"), 1)}]
    rows[1]["closing"] = 1
    assert body.unpack(body.pack(rows)) == rows
    assert body.counts(rows) == {"person": 1, "balance": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": NAME},
        {"diagnosis": NAME},
        {"risk": "luo.lisha"},
        {"tokens": {NAME: "33" * 16}},
        {"birth_year": "1971"},
        {"last_visit": NAME},
    ],
)
def test_no_item_of_a_row_without_names_takes_a_name(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="shape"):
        body.pack([person(**changes)])
    line = json.dumps(person(**changes)).encode()
    with pytest.raises(InputRefused) as refused:
        body.unpack(zlib.compress(line))
    assert refused.value.code == "MH-PACK-22"


def test_a_bomb_is_refused() -> None:
    for size in (body.MOST_BYTES + 10, 10 * 1024**2):
        with pytest.raises(InputRefused) as refused:
            body.unpack(zlib.compress(b" " * size, 9))
        assert refused.value.code == "MH-PACK-02"


def test_a_paper_is_bound_to_its_signer_and_kind() -> None:
    signer, other = keys.new_signing_pair(), keys.new_signing_pair()
    content = {
        "org_code": "0007",
        "name": "统景中心卫生院",
        "public": keys.to_text(signer.public),
        "district": "00" * 8,
        "issued": "2026-11-20T02:00:00+00:00",
    }
    data = papers.write(papers.REGISTRATION, content, [signer.private])
    found = papers.read(papers.REGISTRATION, data)
    assert found.is_signed_by(signer.public)
    assert not found.is_signed_by(other.public)
    assert not papers.read(papers.REGISTRATION, data.replace(b"0007", b"0008")).is_signed_by(signer.public)
    with pytest.raises(InputRefused) as refused:
        papers.read(papers.RECEIPT, data)
    assert refused.value.code == "MH-KEYS-01"
    with pytest.raises(InputRefused) as newer:
        papers.read(papers.REGISTRATION, data.replace(b'"v":1', b'"v":2'))
    assert newer.value.code == "MH-KEYS-02"


def test_a_name_twice_in_a_document_is_refused() -> None:
    with pytest.raises(InputRefused):
        papers.read(
            papers.RECEIPT, b'{"magic":"mhdesk-receipt","magic":"mhdesk-receipt","v":1,"body":{},"signatures":{}}'
        )


def test_tokens_say_the_same_of_the_same_person_only() -> None:
    key, other = bytes(32), bytes([1]) * 32
    assert keys.token(key, "id", "1") == keys.token(key, "id", "1")
    assert (
        len({keys.token(*one) for one in [(key, "id", "1"), (other, "id", "1"), (key, "weak", "1"), (key, "id", "2")]})
        == 4
    )
