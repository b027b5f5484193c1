"""Everything recorded about one person, as tests of numbers hand it around."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from mhdesk.domain.assessment import ColourAssessment
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.joint import Emergency, ExchangeSheet, JointVisit
from mhdesk.domain.medication import Dispensing, Injection, MedicationOrder
from mhdesk.domain.patient import ContactAttempt, Movement, Patient
from mhdesk.domain.round import Snooze
from mhdesk.domain.support import CheckUp, Rehabilitation
from mhdesk.domain.transfer import DischargeNote, Transfer


def short(record: object) -> str:
    """What a record says besides what it says by itself, for the message of a failing test."""
    told = [
        f"{field.name}={short(value)}"
        for field in dataclasses.fields(record)
        if (value := getattr(record, field.name)) not in (None, "", (), {}) and value != field.default
    ] if dataclasses.is_dataclass(record) else []  # fmt: skip
    if isinstance(record, tuple) and not hasattr(record, "_fields"):
        return f"({', '.join(map(short, record))})"
    return f"{type(record).__name__}({', '.join(told)})" if told else str(record)


@dataclass(frozen=True, repr=False)
class Life:
    """Everything recorded about one person."""

    patient: Patient
    visits: tuple[FollowUp, ...] = ()
    movements: tuple[Movement, ...] = ()
    attempts: tuple[ContactAttempt, ...] = ()
    snoozes: tuple[Snooze, ...] = ()
    notes: tuple[DischargeNote, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    joint_visits: tuple[JointVisit, ...] = ()
    sheets: tuple[ExchangeSheet, ...] = ()  # sheets of exchange on which the person is named
    emergencies: tuple[Emergency, ...] = ()
    checkups: tuple[CheckUp, ...] = ()
    rehabilitations: tuple[Rehabilitation, ...] = ()
    assessments: tuple[ColourAssessment, ...] = ()
    orders: tuple[MedicationOrder, ...] = ()
    dispensings: tuple[Dispensing, ...] = ()
    injections: tuple[Injection, ...] = ()

    def __repr__(self) -> str:
        """Without what is not known."""
        return short(self)
