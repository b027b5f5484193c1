"""One person before one judge, and the few words every sentence about people is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from mhdesk.rules.facts import PatientFacts, Visit, day_text
from mhdesk.rules.judge import Course, Judge, Register
from mhdesk.text import text


@dataclass(frozen=True)
class Case:
    """What is known of the person, who judges, and the register's story."""

    facts: PatientFacts
    judge: Judge
    register: Register

    @cached_property
    def window(self) -> Sequence[Visit]:
        """Complete visits of the window, in order."""
        return self.judge.window(self.facts)

    @cached_property
    def course(self) -> Course:
        """What the indicators read."""
        status = self.judge.status(self.facts)
        if status is None:  # a case is made for people known at the cut-off
            raise RuntimeError("nobody to judge")
        return status.course

    @property
    def is_away(self) -> bool:
        """Whether the person has left the register by the cut-off."""
        return not self.register.closing


def registered(case: Case) -> str:
    """Where the person stands on the register, since when."""
    register, facts = case.register, case.facts
    if case.is_away:
        kind = "died" if register.died else "moved_out"
        return text(
            "rules.reason.not_registered", how=text(f"rules.reason.left_{kind}", day=day_text(register.left_day))
        )
    if not register.arrived_day:
        return text("rules.reason.registered_early")
    moved = register.returned or facts.registered_as == "moved_in"
    return text(f"rules.reason.{'arrived' if moved else 'registered'}", day=day_text(register.arrived_day))


def adherence(visit: Visit) -> str:
    """用药依从性 in words."""
    return text(f"rules.adherence.{visit.adherence or 'unknown'}")


def visit_class(visit: Visit) -> str:
    """病情分类 in words."""
    return text(f"rules.visit_class.{visit.visit_class or 'unknown'}")


def risk(visit: Visit) -> str:
    """危险性 in words."""
    return text("rules.risk.level", level=visit.risk) if visit.risk else text("rules.risk.unknown")


def form(visit: Visit) -> str:
    """随访形式 in words."""
    return text(f"rules.form.{visit.form or 'unknown'}")
