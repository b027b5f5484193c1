"""How a check is registered: a code, how much it weighs, which numbered rule it belongs to, and a function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from mhdesk.domain import drugs
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.problems import Problem, Severity
from mhdesk.rules.terms import Terms


class Neighbours(NamedTuple):
    """How many other people on the register share something with this one."""

    same_id_number: int = 0
    same_name_and_birth: int = 0
    same_name_and_guardian_phone: int = 0
    guardian_is_patient: int = 0


NOBODY = Neighbours()


@dataclass(frozen=True, slots=True)
class Case:
    """What a check looks at. `visit` is the sheet under judgement, None for a check of the person.

    `visits` are the person's sheets that are not voided, oldest first; for a sheet under judgement, the other ones.
    """

    patient: Patient
    today: date
    terms: Terms
    visit: FollowUp | None = None
    visits: Sequence[FollowUp] = ()
    movements: Sequence[Movement] = ()
    attempts: Sequence[ContactAttempt] = ()
    neighbours: Neighbours = NOBODY
    first_day: date | None = None  # of a visit or a movement, asked only while the file is typed
    drugs: drugs.Book = field(default_factory=drugs.in_force)

    @property
    def sheet(self) -> FollowUp:
        """The sheet under judgement."""
        if self.visit is None:
            raise ValueError("no sheet under judgement")
        return self.visit

    @property
    def earlier(self) -> list[FollowUp]:
        """The sheets of days before the one under judgement."""
        day = self.sheet.visit_date
        return [one for one in self.visits if day and one.visit_date and one.visit_date < day]


class Hit(NamedTuple):
    """A finding: the form key it concerns and what fills the sentence. Never a person's data in `params`."""

    field: str = ""
    params: dict[str, object] = {}  # noqa: RUF012 - never changed


Function = Callable[[Case], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Check:
    """One registered check."""

    code: str
    severity: Severity
    rule: int  # the number of the rule: the two digits of the code
    function: Function

    def run(self, case: Case) -> list[Problem]:
        """Its findings."""
        return [Problem(self.code, hit.field, self.severity, hit.params) for hit in self.function(case)]


@dataclass(slots=True)
class Book:
    """Checks of one kind, in order."""

    checks: list[Check] = field(default_factory=list)

    def check(self, code: str, severity: Severity) -> Callable[[Function], Function]:
        """Register a function under a code such as ``Q04b``; its digits are the rule's number."""

        def register(function: Function) -> Function:
            self.checks.append(Check(code, severity, int(code[1:3]), function))
            return function

        return register

    def run(self, case: Case) -> list[Problem]:
        """What all its checks find."""
        return [problem for check in self.checks for problem in check.run(case)]
