"""Broken workbooks by the thousand: ``python -m tests.trust.fuzz_read 100000``.

Mutations of an .xlsx, .xls, .ods and a text go through the child's reader in one long-lived process with the child's
limits. Each must give rows or one typed refusal. A process that dies is started again; in the program that is
MH-FILE-11, so it is counted, not hidden.
"""

from __future__ import annotations

import collections
import multiprocessing
import random
import sys
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from mhdesk.files import parse_child
from tests.files import samples

ROWS: list[list[object]] = [
    ["姓名", "身份证号", "电话"],
    *([f"患者{n}", "990112199001011234", 13800138000 + n] for n in range(40)),
]
PATIENCE_S = 60.0


@dataclass
class Outcome:
    """What became of the mutations."""

    read: int = 0
    died: int = 0
    slowest_s: float = 0.0
    codes: collections.Counter[str] = field(default_factory=collections.Counter)
    surprises: list[str] = field(default_factory=list)


def seeds() -> list[tuple[bytes, str]]:
    """(content, ending) of sound files."""
    return [
        (samples.workbook(ROWS), ".xlsx"),
        (samples.old_workbook(ROWS), ".xls"),
        (samples.open_document([[str(value) for value in row] for row in ROWS]), ".ods"),
        ("\n".join(",".join(map(str, row)) for row in ROWS).encode("gb18030"), ".csv"),
    ]


def mutated(content: bytes, dice: random.Random) -> bytes:
    """One to eight changes: flipped bits, overwritten, cut, repeated and moved pieces, or a changed part of the zip."""
    if content.startswith(b"PK") and dice.random() < 0.7:
        victim = dice.randrange(12)
        parts = iter(range(1000))
        return samples.repacked(content, lambda _, data: changed(data, dice) if next(parts) == victim else data)
    return changed(content, dice)


def changed(content: bytes, dice: random.Random) -> bytes:
    """`content` with some bytes changed."""
    data = bytearray(content)
    for _ in range(dice.randint(1, 8)):
        if not data:
            return b""
        place, length = dice.randrange(len(data)), dice.randint(1, 40)
        match dice.randrange(6):
            case 0:
                data[place] ^= 1 << dice.randrange(8)
            case 1:
                data[place : place + length] = dice.randbytes(length)
            case 2:
                del data[place : place + length * 10]
            case 3:
                data[place:place] = data[place : place + length]
            case 4:
                data[place : place + 4] = dice.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"9999"])
            case _:
                del data[place:]
    return bytes(data)


def _serve(pipe: Connection) -> None:
    parse_child.limit_resources()
    while True:
        content, suffix = pipe.recv()
        pipe.send(list(parse_child.frames(content, suffix))[-1])


class _Worker:
    """A process that reads one file after the other; made new when it dies or hangs."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def last_frame(self, content: bytes, suffix: str) -> list[object] | None:
        """The last frame, or None if the process died; it hangs beyond `PATIENCE_S` only if a limit fails."""
        self._pipe.send((content, suffix))
        try:
            if self._pipe.poll(PATIENCE_S):
                return list(self._pipe.recv())
        except EOFError:
            pass
        self.stop()
        self._start()
        return None

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


def run(count: int, seed: int) -> Outcome:
    """Try `count` mutations."""
    dice, outcome, worker, files = random.Random(seed), Outcome(), _Worker(), seeds()
    try:
        for number in range(count):
            content, suffix = files[number % len(files)]
            broken = mutated(content, dice)
            started = time.perf_counter()
            frame = worker.last_frame(broken, suffix)
            outcome.slowest_s = max(outcome.slowest_s, time.perf_counter() - started)
            match frame:
                case ["end"]:
                    outcome.read += 1
                case ["refused", str(code), dict()]:
                    outcome.codes[code] += 1
                case None:
                    outcome.died += 1
                    outcome.codes["MH-FILE-11"] += 1
                case _:
                    outcome.surprises.append(f"mutation {number} of seed {seed}: {frame!r}")
    finally:
        worker.stop()
    return outcome


def main() -> int:
    """Long form: number of mutations (default 100,000) and seed from the command line; prints the outcome."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    outcome = run(count, seed)
    sys.stdout.write(
        f"{count} mutations, seed {seed}: {outcome.read} read, {dict(outcome.codes)}, "
        f"{outcome.died} ended the process, slowest {outcome.slowest_s:.2f} s, surprises {outcome.surprises}\n"
    )
    return 1 if outcome.surprises else 0


if __name__ == "__main__":
    raise SystemExit(main())
