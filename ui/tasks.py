"""Work off the window's thread: two lanes, one mailbox.

``ledger`` is one thread: the only one that ever touches the ledger's connection, so its jobs run one after the other.
``work`` is two threads for what needs no ledger (writing a finished report, importing modules).

Jobs are plain Python: ``job(task) -> result``. They touch no widget and no other Qt object; they tell where they stand
with ``task.step(done, total, text)``, which raises `Cancelled` once nobody wants them any more. Results come home
through **one** object that lives on the window's thread. Per-job Qt objects crash now and then, because their last
reference can die in a worker thread (measured: 12 to 126 of 200 runs); so a worker never holds the last reference to a
job or a callback either: it hands everything back.

    self.desk.tasks.run("ledger", lambda task: patients.get(ledger, patient_id), on_done=self._show, owner=self)
"""

from __future__ import annotations

import functools
import gc
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from shiboken6 import isValid

from mhdesk.domain.errors import Cancelled, UserError
from mhdesk.domain.task import Task

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")
Lane = Literal["ledger", "work"]
OnError = Callable[[BaseException], object]

_LANES: dict[Lane, int] = {"ledger": 1, "work": 2}
#: Work that takes longer than this shows where it stands.
SHOW_AFTER_SECONDS = 0.3
_POLL_MS = 100
_COLLECT_MS = 4000


class Progress(NamedTuple):
    """Where a job stands. `total` 0: unknown."""

    done: int
    total: int
    text: str


class Ticket:
    """A job on its way. Keep it to cancel the job; everything else comes back through the callbacks."""

    def __init__(self, number: int, title: str | None, key: str | None) -> None:
        self.number = number
        self.title = title
        self.key = key
        self.progress = Progress(0, 0, "")
        self.asked_at = time.monotonic()
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Nobody wants the result any more: a waiting job never starts, a running one ends at its next step."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def step(self, done: int, total: int, text: str) -> None:
        """Report progress (called by the job). Raises Cancelled."""
        if self._cancelled.is_set():
            raise Cancelled
        self.progress = Progress(done, total, text)


class _Order(NamedTuple):
    """What the window's thread keeps of a job while it runs."""

    ticket: Ticket
    job: Callable[[Task], Any]
    on_done: Callable[[Any], object] | None
    on_error: OnError | None
    owner: QObject | None


class _Letter(NamedTuple):
    """What a worker sends home."""

    number: int
    result: Any
    error: BaseException | None


class TaskRunner(QObject):
    """Runs jobs and brings results to the window's thread. One a process; it is the mailbox.

    Errors a caller does not handle go to `user_failed` (a `UserError`) or `bug_found` (anything else).
    """

    user_failed = Signal(object)
    bug_found = Signal(object)
    #: The tickets with a title that have been under way for longer than `SHOW_AFTER_SECONDS`, as a list.
    long_work_changed = Signal(list)
    idle_reached = Signal()
    _letter_came = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count(1)
        self._letters: deque[_Letter] = deque()
        self._orders: dict[int, _Order] = {}
        self._is_closed = False
        self._shown: list[Ticket] = []
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._look_for_long_work)
        self._letter_came.connect(self._read_letter, Qt.ConnectionType.QueuedConnection)

    @functools.cached_property
    def _lanes(self) -> dict[Lane, ThreadPoolExecutor]:
        from concurrent.futures import ThreadPoolExecutor  # not before the first frame: it brings logging along

        return {
            lane: ThreadPoolExecutor(workers, thread_name_prefix=f"mhdesk-{lane}") for lane, workers in _LANES.items()
        }

    @property
    def is_idle(self) -> bool:
        """Whether no job is waiting or running."""
        return not self._orders

    def run(
        self,
        lane: Lane,
        job: Callable[[Task], T],
        on_done: Callable[[T], object] | None = None,
        on_error: OnError | None = None,
        title: str | None = None,
        *,
        key: str | None = None,
        owner: QObject | None = None,
    ) -> Ticket:
        """Run `job` in a lane; then `on_done(result)` or `on_error(exception)` on the window's thread.

        `title` (what the doctor asked for, in Chinese) makes long work visible with a cancel button. A new job with
        the same `key` cancels the one before: the latest wins. When `owner` has been destroyed nothing is called.
        A cancelled job calls nothing. After `shutdown` a new job is refused as cancelled.
        """
        ticket = Ticket(next(self._numbers), title, key)
        if self._is_closed:
            ticket.cancel()
            return ticket
        if key is not None:
            for order in self._orders.values():
                if order.ticket.key == key:
                    order.ticket.cancel()
        self._orders[ticket.number] = _Order(ticket, job, on_done, on_error, owner)
        if title is not None and not self._poll.isActive():
            self._poll.start()
        self._lanes[lane].submit(self._work, ticket, [job])
        return ticket

    def cancel_all(self) -> None:
        """Cancel every job waiting or running."""
        for order in self._orders.values():
            order.ticket.cancel()

    def shutdown(self, last: Callable[[], object] | None = None) -> None:
        """Cancel everything, run `last` on the ledger lane (closing the ledger), wait for the threads.

        Returns when no thread is left, so the ledger's lock is free. An error of `last` is raised here.
        """
        if self._is_closed:
            return
        self._is_closed = True
        self.cancel_all()
        self._poll.stop()
        closing = self._lanes["ledger"].submit(last) if last is not None else None
        for executor in self._lanes.values():
            executor.shutdown(wait=True)
        self._orders.clear()
        self._letters.clear()
        if closing is not None:
            closing.result()

    def _work(self, ticket: Ticket, box: list[Callable[[Task], Any]]) -> None:
        """In a worker: do the job, send the outcome home. `box` is emptied so that no worker keeps the job."""
        job = box.pop()
        result: Any = None
        failure: BaseException | None = None
        try:
            if not ticket.is_cancelled:
                result = job(ticket)
        except BaseException as error:  # noqa: BLE001 - the outer loop of a worker: every outcome goes home
            failure = error
        del job
        self._letters.append(_Letter(ticket.number, result, failure))
        # Neither result nor traceback may die here: the letter holds them now.
        del result, failure
        self._letter_came.emit()

    def _read_letter(self) -> None:
        """On the window's thread: hand out one letter. Each has its own signal: an error in a callback stops none."""
        letter = self._letters.popleft() if self._letters else None
        order = self._orders.pop(letter.number, None) if letter is not None else None
        try:
            if letter is not None and order is not None:
                self._deliver(order, letter)
        finally:
            if not self._orders and not self._is_closed:
                self._look_for_long_work()
                self._poll.stop()
                self.idle_reached.emit()

    def _deliver(self, order: _Order, letter: _Letter) -> None:
        """Call back, unless nobody is there or nobody wants it."""
        gone = order.owner is not None and not isValid(order.owner)
        if gone or order.ticket.is_cancelled or isinstance(letter.error, Cancelled):
            return
        if letter.error is None:
            if order.on_done is not None:
                order.on_done(letter.result)
        elif order.on_error is not None:
            order.on_error(letter.error)
        else:
            self.report(letter.error)

    def report(self, error: BaseException) -> None:
        """Send an error the usual way: an expected one to `user_failed`, a bug to `bug_found`, a cancel nowhere."""
        if isinstance(error, UserError):
            self.user_failed.emit(error)
        elif not isinstance(error, Cancelled):
            self.bug_found.emit(error)

    def _look_for_long_work(self) -> None:
        """Tell which titled jobs have been under way for long."""
        now = time.monotonic()
        shown = [
            order.ticket
            for order in self._orders.values()
            if order.ticket.title is not None
            and not order.ticket.is_cancelled
            and now - order.ticket.asked_at >= SHOW_AFTER_SECONDS
        ]
        if shown or self._shown:
            self._shown = shown
            self.long_work_changed.emit(shown)


class MainThreadCollector(QObject):
    """Collects cyclic garbage on the window's thread only.

    Python collects wherever an allocation happens; in a worker that would destroy Qt objects in the wrong thread.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._rounds = 0
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_COLLECT_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def stop(self) -> None:
        """Give collecting back to Python."""
        self._timer.stop()
        gc.enable()

    def _collect(self) -> None:
        self._rounds += 1
        young, _, _ = gc.get_count()
        if young > self._thresholds[0]:
            # The oldest generation is large once the libraries are loaded: look at it every two minutes only.
            gc.collect(2 if self._rounds % 30 == 0 else 1)
