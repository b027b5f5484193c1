"""What must be known before anybody has logged in: failed attempts, the last login, the last audit head.

This part of the ledger is not authenticated: whoever can change the file can reset the counters.
It is an anchor all the same: a ledger that stands behind the recorded audit head has lost changes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db import atomic
from mhdesk.domain.errors import LedgerError

FILE_NAME = "state.json"
FREE_FAILURES = 5
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 15 * 60
#: A clock this far behind the last time seen is suspect: the clock's battery may be dead.
CLOCK_TOLERANCE = timedelta(minutes=10)
_MOST_LOGINS = 64


@dataclass(frozen=True)
class Failures:
    """Failed attempts of one login since its last success."""

    count: int = 0
    at: str = ""


@dataclass(frozen=True)
class LoginState:
    """The unauthenticated state of a ledger folder."""

    failures: dict[str, Failures] = field(default_factory=dict)
    last_seen: str | None = None
    last_login: str | None = None
    last_login_at: str | None = None
    audit_seq: int = 0
    audit_head: str = ""
    restored: str = ""  # which backup was put back since the last login

    def wait_seconds(self, login: str, now: datetime) -> int:
        """Seconds until `login` may try again. A clock set back does not shorten the wait."""
        failures = self.failures.get(login, Failures())
        if failures.count < FREE_FAILURES:
            return 0
        doublings = min(failures.count - FREE_FAILURES, 10)
        wait = min(FIRST_WAIT_S * 2**doublings, LONGEST_WAIT_S)
        try:
            passed = (now - datetime.fromisoformat(failures.at)).total_seconds()
        except (ValueError, TypeError):
            passed = 0
        return max(0, int(wait - max(0, passed) + 0.999))

    def with_failure(self, login: str, now: datetime) -> LoginState:
        """One more failed attempt of `login`; the oldest logins are forgotten beyond 64."""
        failures = dict(self.failures)
        count = failures.pop(login, Failures()).count + 1
        failures[login] = Failures(count, _text(now))
        while len(failures) > _MOST_LOGINS:
            del failures[min(failures, key=lambda name: failures[name].at)]
        return replace(self, failures=failures)

    def with_success(self, login: str, now: datetime) -> LoginState:
        """`login` got in."""
        failures = {name: value for name, value in self.failures.items() if name != login}
        return replace(self, failures=failures, last_login=login, last_login_at=_text(now)).seen(now)

    def seen(self, now: datetime) -> LoginState:
        """The clock was seen at `now`; it never goes back."""
        last = max(filter(None, (self.last_seen, _text(now))))
        return replace(self, last_seen=last)

    def with_head(self, seq: int, head: str) -> LoginState:
        """The audit chain ends at `seq` with the hash `head`."""
        return replace(self, audit_seq=seq, audit_head=head)

    def clock_suspect(self, now: datetime) -> bool:
        """Whether the clock stands clearly before a time already seen (an empty CMOS battery)."""
        return self.last_seen is not None and now < datetime.fromisoformat(self.last_seen) - CLOCK_TOLERANCE


def load(folder: Path) -> LoginState:
    """The state of a folder; an absent or unreadable file counts as nothing known."""
    try:
        found = json.loads((folder / FILE_NAME).read_bytes())
        failures = {
            str(login): Failures(int(entry["count"]), str(entry["at"])) for login, entry in found["failures"].items()
        }
        for name in ("last_seen", "last_login_at"):
            if found[name] is not None and datetime.fromisoformat(found[name]).tzinfo is None:
                return LoginState()
        return LoginState(
            failures=failures,
            last_seen=found["last_seen"],
            last_login=None if found["last_login"] is None else str(found["last_login"]),
            last_login_at=found["last_login_at"],
            audit_seq=int(found["audit_seq"]),
            audit_head=str(found["audit_head"]),
            restored=str(found["restored"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return LoginState()


def save(folder: Path, state: LoginState, *, durable: bool = True) -> None:
    """Write the state. Raises OSError."""
    data = json.dumps(asdict(state), ensure_ascii=False, indent=1).encode()
    atomic.write(folder / FILE_NAME, data, durable=durable)


def count_attempt(folder: Path, login: str, now: datetime) -> None:
    """Count a failure before the password is even tried, so that ending the program wins nothing.

    Raises LedgerError MH-LEDGER-02 while the login has to wait.
    """
    state = load(folder)
    wait = state.wait_seconds(login, now)
    if wait:
        raise LedgerError("MH-LEDGER-02", seconds=wait)
    save(folder, state.with_failure(login, now))


def take_back_attempt(folder: Path, login: str) -> None:
    """The password was right after all: whatever fails from here on is no guess."""
    state = load(folder)
    known = state.failures.get(login, Failures())
    left = {name: value for name, value in state.failures.items() if name != login}
    if known.count > 1:
        left[login] = replace(known, count=known.count - 1)
    save(folder, replace(state, failures=left), durable=False)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
