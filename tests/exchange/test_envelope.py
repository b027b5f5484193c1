"""No altered, cut, spliced or re-addressed package is ever accepted."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from mhdesk.domain.errors import InputRefused
from mhdesk.exchange import envelope, keys

WORKING, BACKUP, SIGNER, STRANGER = (
    keys.new_sealing_pair(),
    keys.new_sealing_pair(),
    keys.new_signing_pair(),
    keys.new_sealing_pair(),
)
OPENING = {WORKING.kid: WORKING.private}
MANIFEST, BODY = b'{"week":"2026-11-16"}', random.Random(5).randbytes(150_000)


def sealed(body: bytes = BODY) -> bytes:
    return envelope.seal(MANIFEST, body, signer=SIGNER.private, recipients=[WORKING.public, BACKUP.public])


def is_accepted(data: bytes) -> bool:
    """Whether it opens and its signature holds. A refusal with another code than expected counts as one."""
    try:
        return envelope.unseal(data, OPENING).is_signed_by(SIGNER.public)
    except InputRefused as refusal:
        return refusal.code not in {f"MH-PACK-0{number}" for number in range(1, 7)}


@pytest.mark.parametrize("key", [WORKING, BACKUP], ids=["working", "backup"])
def test_either_key_opens_it(key: keys.Pair) -> None:
    found = envelope.unseal(sealed(), {key.kid: key.private})
    assert (found.manifest, found.body) == (MANIFEST, BODY)
    assert found.is_signed_by(SIGNER.public)
    assert not found.is_signed_by(keys.new_signing_pair().public)
    assert set(found.kids) == {WORKING.kid, BACKUP.kid}


def test_two_packages_of_the_same_content_share_no_bytes_of_payload() -> None:
    assert sealed()[-64:] != sealed()[-64:]


def test_a_stranger_is_told_whose_it_is() -> None:
    with pytest.raises(InputRefused) as refused:
        envelope.unseal(sealed(), {STRANGER.kid: STRANGER.private})
    assert refused.value.code == "MH-PACK-04"
    assert WORKING.kid in str(refused.value.params["kid"])


def altered(data: bytes, count: int) -> Iterator[bytes]:
    """Flipped bits, replaced, swapped, doubled and dropped stretches, each at random places."""
    dice = random.Random(11)
    for number in range(count):
        changed = bytearray(data)
        # half of them in the first 400 bytes: header, MAC, first chunk
        at = dice.randrange(400 if number % 2 else len(data))
        match number % 5:
            case 0 | 1:
                changed[at] ^= 1 << dice.randrange(8)
            case 2:
                changed[at : at + 8] = dice.randbytes(len(changed[at : at + 8]))
            case 3:
                length = dice.randrange(1, 40)
                changed[at:at] = changed[at : at + length]
            case 4:
                del changed[at : at + dice.randrange(1, 40)]
        if changed != data:
            yield bytes(changed)


def test_nothing_altered_is_accepted(*, sweep: bool) -> None:
    data, wanted = sealed(), 10_000 if sweep else 2_000
    assert is_accepted(data)
    tried = [is_accepted(one) for one in altered(data, wanted + wanted // 100)]
    assert len(tried) >= wanted
    assert not any(tried)


def test_nothing_cut_is_accepted(*, sweep: bool) -> None:
    data, dice = sealed(), random.Random(12)
    lengths = {dice.randrange(len(data)) for _ in range(1_100 if sweep else 220)}
    # exactly between two chunks, too: what age's last-chunk flag is for
    start = len(data) % (envelope.CHUNK + 16)
    lengths |= {0, 1, 4, 7, start, *(start + at * (envelope.CHUNK + 16) for at in range(3)), len(data) - 1}
    assert len(lengths) >= (1_000 if sweep else 200)
    assert not any(is_accepted(data[:length]) for length in lengths if length < len(data))
    assert not any(is_accepted(data + more) for more in (b"\0", data, data[-80:]))


def test_parts_of_two_packages_make_no_third() -> None:
    one, other = sealed(), sealed(BODY[::-1])
    head = len(one) - len(envelope.unseal(one, OPENING).body) - 200
    for at in (40, head, len(one) // 2, len(one) - 16):
        assert not is_accepted(one[:at] + other[at:])


def test_the_signature_is_bound_to_the_recipients() -> None:
    """What a township signed for one district cannot be sealed again for another, or by a recipient for a colleague."""
    found = envelope.unseal(sealed(), OPENING)
    again = envelope.Content(found.manifest, found.signature, found.body, [STRANGER.kid])
    assert not again.is_signed_by(SIGNER.public)
    swapped = envelope.Content(found.manifest, found.signature, found.body, list(reversed(found.kids)))
    assert swapped.is_signed_by(SIGNER.public)


@pytest.mark.parametrize("magic", [b"MHX2", b"MHX9", b"MHX\xff"])
def test_a_later_format_is_named_as_such(magic: bytes) -> None:
    with pytest.raises(InputRefused) as refused:
        envelope.unseal(magic + sealed()[4:], OPENING)
    assert refused.value.code == "MH-PACK-03"


def test_caps() -> None:
    with pytest.raises(InputRefused) as refused:
        envelope.unseal(b"MHX1" + bytes(envelope.MOST_BYTES), OPENING)
    assert refused.value.code == "MH-PACK-02"
    with pytest.raises(ValueError, match="caps"):
        envelope.seal(bytes(envelope.MOST_MANIFEST + 1), b"", signer=SIGNER.private, recipients=[WORKING.public])


def test_empty_and_exact_sizes() -> None:
    """Bodies that end on the border of a chunk."""
    inside = envelope.CHUNK - 4 - len(MANIFEST) - keys.SIGNATURE_BYTES
    for size in (0, 1, inside - 1, inside, inside + 1, inside + envelope.CHUNK):
        assert envelope.unseal(sealed(BODY[:size]), OPENING).body == BODY[:size]


def test_fingerprints_are_read_in_eight_groups_of_four() -> None:
    said = keys.fingerprint(SIGNER.public, WORKING.public)
    assert [len(group) for group in said.split()] == [4] * 8
    assert keys.same_fingerprint(said.replace(" ", "-"), said)
    assert not keys.same_fingerprint(said[:-1], said)
    assert said != keys.fingerprint(SIGNER.public, BACKUP.public)
