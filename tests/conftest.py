"""What every test gets: a fixed clock, a real encrypted ledger, and silence as a requirement.

A test fails when it causes a log record of WARNING or above, a Qt warning, a Python warning, or leaves a thread behind.
A record that is meant is announced with ``@pytest.mark.expect_log("pattern")``.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import hypothesis
import pytest

from tests import examples

if TYPE_CHECKING:
    from db.ledger import Ledger

ROOT = Path(__file__).resolve().parent.parent
THREAD_PATIENCE_SECONDS = 3.0

# Before anything of ours is imported: nothing of the developer's own is read or written, and child processes
# find our packages first.
_data = tempfile.TemporaryDirectory(prefix="mhdesk-test-data-")
for _name in [name for name in os.environ if name.startswith("MHDESK_")]:
    del os.environ[_name]
os.environ.update(
    XDG_DATA_HOME=_data.name,
    LOCALAPPDATA=_data.name,
    PYTHONPATH=str(ROOT),
    PYTHONSAFEPATH="1",
    PYTHONUTF8="1",
    TZ="CST-8",  # China, without needing the time zone database
)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if hasattr(time, "tzset"):
    time.tzset()

# The same examples each time, so that a red run is somebody's change; `dev.py trust` looks further.
# How fast data are drawn says something about the machine's load, nothing about the program.
_CALM = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile(
    "default", deadline=None, derandomize=True, max_examples=60, suppress_health_check=_CALM
)
hypothesis.settings.register_profile("sweep", deadline=None, max_examples=2000)
hypothesis.settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sweep", action="store_true", help="long crash and fuzz sweeps instead of short ones")
    parser.addoption("--examples", type=int, default=0, help="so many random ledgers a test of numbers")


def pytest_configure(config: pytest.Config) -> None:
    examples.asked = config.getoption("--examples")  # before any test module is read
    if config.getoption("--sweep"):
        hypothesis.settings.load_profile("sweep")


def pytest_unconfigure() -> None:
    logging.shutdown()
    _data.cleanup()


# ---------------------------------------------------------------- silence


class _Collector(logging.Handler):
    """Keeps what was logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def _silent_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that logs a warning or worse without having announced it, or announces one that never comes."""
    collector = _Collector()
    loggers = [logging.getLogger(), logging.getLogger("mhdesk")]  # ours does not propagate once it has its file
    for logger in loggers:
        logger.addHandler(collector)
    yield
    for logger in loggers:
        logger.removeHandler(collector)
    expected: list[str] = [mark.args[0] for mark in request.node.iter_markers("expect_log")]
    surprises = [line for line in collector.lines if not any(re.search(one, line) for one in expected)]
    absent = [one for one in expected if not any(re.search(one, line) for line in collector.lines)]
    if surprises or absent:
        pytest.fail(f"unexpected log records: {surprises}; expected ones that did not come: {absent}", pytrace=False)


@pytest.fixture(autouse=True)
def _no_threads_left() -> Iterator[None]:
    """Fail a test that leaves a thread running which would keep the program from ending."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + THREAD_PATIENCE_SECONDS
    while left := [one for one in threading.enumerate() if one not in before and not one.daemon and one.is_alive()]:
        if time.monotonic() > deadline:
            pytest.fail(f"threads left running: {left}", pytrace=False)
        time.sleep(0.01)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Nothing is skipped here: a test that cannot run is a test that does not hold."""
    if skipped := terminalreporter.stats.get("skipped"):
        terminalreporter.write_line(f"skipped tests count as failed: {len(skipped)}", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


# ---------------------------------------------------------------- time


class FixedClock:
    """A clock that stands until it is told to move: Friday 20 November 2026, ten in the morning in China."""

    def __init__(self, now: datetime = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """An aware UTC instant."""
        return self.now

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Move on (or back)."""
        self.now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


@pytest.fixture
def clock() -> FixedClock:
    """A fixed clock; `clock.advance(days=1)` moves it."""
    return FixedClock()


@pytest.fixture
def today() -> date:
    """The day of the fixed clock."""
    return date(2026, 11, 20)


@pytest.fixture(scope="session")
def sweep(request: pytest.FixtureRequest) -> bool:
    """Whether long sweeps were asked for (``dev.py trust``)."""
    return bool(request.config.getoption("--sweep"))


# ---------------------------------------------------------------- a real ledger


class LedgerTemplate(NamedTuple):
    """A closed, empty, encrypted township ledger; copy its folder, never open it in place."""

    folder: Path
    login: str
    password: str
    recovery_code: str

    def copy_to(self, folder: Path) -> Path:
        """A copy of one's own, to open."""
        shutil.copytree(self.folder, folder)
        return folder


@pytest.fixture(scope="session")
def ledger_template(tmp_path_factory: pytest.TempPathFactory) -> LedgerTemplate:
    """Made once in a run: making a ledger takes longer than copying one."""
    from db.keys import Kdf
    from db.ledger import Ledger

    folder = tmp_path_factory.mktemp("template") / "ledger"
    login, password = "wang", "Longhua-2026-lamp"
    ledger, code = Ledger.create(
        folder,
        unit_name="龙华街道社区卫生服务中心",
        level="township",
        login=login,
        user_name="王敏",
        password=password,
        now=FixedClock(),
        kdf=Kdf(memory_kib=64, iterations=1, lanes=1),  # quick; only ever handed over by a test
    )
    ledger.close()
    return LedgerTemplate(folder, login, password, code)


@pytest.fixture
def ledger(ledger_template: LedgerTemplate, tmp_path: Path, clock: FixedClock) -> Iterator[Ledger]:
    """An open ledger of one's own, encrypted and empty, at the time of the fixed clock."""
    from db.ledger import Ledger

    folder = ledger_template.copy_to(tmp_path / "ledger")
    opened = Ledger.open(folder, login=ledger_template.login, password=ledger_template.password, now=clock)
    yield opened
    opened.close()
