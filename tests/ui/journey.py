"""A doctor's way through the program with the keyboard alone, on a real X display: ``python -m tests.ui.journey DIR``.

Log in, find somebody by initials, open the file, go to the report, open the names behind a number with arrows and
Enter, come back with Esc, lock with Ctrl+L: the process ends and a fresh, locked one appears. Every key goes through
the X server (xdotool); what the window shows is read from the program's own note (`tests.ui.journey_probe`).
Pictures of each stop are left in DIR where ImageMagick is at hand.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 40.0
PASSWORD = "Longhua-2026-lamp"
_LOOK_SECONDS = 0.05


class Lost(AssertionError):
    """Something did not come that should have."""


def tool(name: str) -> str:
    """Where a program of the system lies. Raises Lost."""
    found = shutil.which(name)
    if found is None:
        raise Lost(f"{name} is not installed")
    return found


@contextmanager
def display(width: int = 1366, height: int = 768) -> Iterator[str]:
    """An X display of one's own."""
    read, write = os.pipe()
    command = [tool("Xvfb"), "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()
        if not number:
            raise Lost("Xvfb did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


class Traveller:
    """Presses keys, looks, takes pictures."""

    def __init__(self, screen: str, folder: Path, note: Path, program: subprocess.Popen[bytes]) -> None:
        self._environment = {**os.environ, "DISPLAY": screen}
        self._folder, self._note, self.program = folder, note, program
        self.stops: list[str] = []

    def look(self) -> dict[str, Any]:
        """What the window shows now."""
        try:
            found: dict[str, Any] = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def wait(self, what: str, condition: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait until the window shows it, then for it to come to rest. Raises Lost."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            seen = self.look()
            if seen and condition(seen) and not seen.get("is_busy"):
                return seen
            if self.program.poll() is not None:
                raise Lost(f"the program ended while waiting for {what}")
            time.sleep(_LOOK_SECONDS)
        raise Lost(f"waited in vain for {what}; the window shows {self.look()}")

    def key(self, *names: str) -> None:
        """Press keys, each with the time a hand needs."""
        self._focus()
        self._xdotool("key", "--delay", "40", *names)

    def type(self, words: str) -> None:
        """Type words."""
        self._focus()
        self._xdotool("type", "--delay", "40", words)

    def picture(self, name: str) -> None:
        """Keep what the screen shows."""
        time.sleep(4 * _LOOK_SECONDS)
        self.stops.append(name)
        if camera := shutil.which("import"):
            file = self._folder / f"{len(self.stops)}-{name}.png"
            subprocess.run([camera, "-window", "root", str(file)], env=self._environment, check=False)

    def _focus(self) -> None:
        """There is no window manager to do it."""
        self._xdotool("windowfocus", "--sync", str(self.look()["window"]))

    def _xdotool(self, *arguments: str) -> None:
        subprocess.run([tool("xdotool"), *arguments], env=self._environment, check=True, timeout=PATIENCE_SECONDS)


def make_ledger(folder: Path) -> None:
    """A small township, quick to open."""
    from db.keys import Kdf
    from db.ledger import Ledger
    from mhdesk.services.access import utc_now
    from tests.ui.pages import township

    ledger, _ = Ledger.create(
        folder,
        unit_name="龙华街道社区卫生服务中心",
        level="township",
        login="wang",
        user_name="王敏",
        password=PASSWORD,
        now=utc_now,
        kdf=Kdf(memory_kib=64, iterations=1, lanes=1),
    )
    township.fill(ledger)
    ledger.close()


def travel(folder: Path) -> list[str]:
    """The whole way; the names of its stops. Raises Lost. Pictures and everything else stay in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    ledger, note = folder / "ledger", folder / "state.json"
    make_ledger(ledger)
    with display() as screen:
        environment = {
            **os.environ,
            "DISPLAY": screen,
            "QT_QPA_PLATFORM": "xcb",
            "XDG_DATA_HOME": str(folder / "data"),
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "tests.ui.journey_probe", str(ledger), str(note)]
        with subprocess.Popen(command, env=environment, cwd=ROOT) as program:
            traveller = Traveller(screen, folder, note, program)
            try:
                _way(traveller)
                _lock(traveller, ledger)
            except Lost:
                traveller.picture("lost")
                raise
            finally:
                if program.poll() is None:
                    program.kill()
                for process in _running(ledger):
                    os.kill(process, signal.SIGKILL)
    return traveller.stops


def _way(go: Traveller) -> None:
    go.wait("the login", lambda seen: seen["shows"] == "login" and seen["window"])
    go.picture("login")
    go.type(PASSWORD)
    go.key("Return")
    seen = go.wait("the first page", lambda seen: seen["shows"] == "today" and "件事" in seen["title"])
    go.picture("today")
    go.key("ctrl+f")
    go.type("oyg")
    go.wait("one hit", lambda seen: seen["hits"] == 1)
    go.picture("search")
    go.key("Return")
    go.wait("the person", lambda seen: seen["shows"] == "patient" and seen["title"] == "欧阳龚")
    go.picture("patient")
    go.key(f"ctrl+{seen['pages'].index('reports') + 1}")
    go.wait("the report", lambda seen: seen["shows"] == "reports" and " · " in seen["title"])
    people = _to_a_number(go)
    go.picture("report")
    go.key("Return")
    go.wait("the names", lambda seen: seen["names"] == people and seen["focus"] == "DataTable")
    go.picture("names")
    go.key("Down", "Return")
    go.wait("somebody of the list", lambda seen: seen["shows"] == "patient")
    go.picture("named")
    go.key("Escape")
    go.wait("the names again", lambda seen: seen["shows"] == "reports" and seen["names"] == people)
    go.key("Escape")
    go.wait("the table again", lambda seen: seen["names"] is None and seen["members"] == people)


def _to_a_number(go: Traveller) -> int:
    """Walk to the right until the framed number stands for at least two people."""
    for _ in range(20):
        go.key("Right")
        seen = go.wait("the next cell", lambda seen: seen["shows"] == "reports")
        time.sleep(3 * _LOOK_SECONDS)
        if (members := int(go.look().get("members", 0))) > 1:
            return members
    raise Lost(f"no number that stands for people; the window shows {seen}")


def _lock(go: Traveller, ledger: Path) -> None:
    go.key("ctrl+l")
    if go.program.wait(PATIENCE_SECONDS) != 0:
        raise Lost(f"the program ended with {go.program.returncode}")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (fresh := _running(ledger)):
        if time.monotonic() > deadline:
            raise Lost("no fresh program appeared")
        time.sleep(_LOOK_SECONDS)
    if go.program.pid in fresh:
        raise Lost("the old program still runs")
    while subprocess.run(
        [tool("xdotool"), "search", "--onlyvisible", "--pid", str(fresh[0])],
        env=go._environment,
        stdout=subprocess.DEVNULL,
        check=False,
    ).returncode:
        if time.monotonic() > deadline:
            raise Lost("the fresh program shows no window")
        time.sleep(_LOOK_SECONDS)
    time.sleep(20 * _LOOK_SECONDS)
    go.picture("locked")


def _running(ledger: Path) -> list[int]:
    """Process ids of programs that were started on this ledger by locking."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"ui.app" in words and os.fsencode(ledger) in words:
                found.append(int(process.name))
    return found


def main() -> int:
    """Travel, and say how far."""
    started = time.monotonic()
    way = " → ".join(travel(Path(sys.argv[1])))
    sys.stdout.write(f"{way} ({time.monotonic() - started:.1f} s)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
