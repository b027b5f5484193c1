"""The kinds of records of joint work: their form, what a list shows of them, and what they hang on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mhdesk.domain.joint import Emergency, ExchangeRow, ExchangeSheet, JointVisit, Meeting
from mhdesk.domain.outreach import Outreach, ServicePoint
from mhdesk.domain.support import Agreement, AgreementPayment, AgreementReview, Assistance, CheckUp, Rehabilitation
from mhdesk.domain.transfer import DischargeNote
from mhdesk.forms.load import form
from mhdesk.forms.spec import FormSpec
from mhdesk.text import text


@dataclass(frozen=True)
class JointKind:
    """One kind. `key` is its table and its form; `columns` are the items its list shows, besides day and person.

    `is_personal`: about one person. `parent`: the kind it hangs on, by the field of that name with ``_id``.
    """

    key: str
    record: type[Any]
    columns: tuple[str, ...]
    is_personal: bool = True
    parent: str = ""

    @property
    def spec(self) -> FormSpec:
        """The form it is typed with."""
        return form(self.key)

    @property
    def title(self) -> str:
        """What it is called."""
        return text(f"joint.kind.{self.key}")


_KINDS = (
    JointKind("joint_visit", JointVisit, ("participants", "risk_level", "whereabouts", "incidents", "informed")),
    JointKind("emergency", Emergency, ("causes", "measures", "ended_at", "filled_at", "outcome")),
    JointKind("discharge_note", DischargeNote, ("hospital", "discharged_on", "diagnosis", "guidance_drugs")),
    JointKind(
        "exchange_sheet",
        ExchangeSheet,
        ("direction", "other_side", "first_day", "sent_on", "receipt_on"),
        is_personal=False,
    ),
    JointKind("exchange_row", ExchangeRow, ("reason", "risk_level", "visit_class", "content"), parent="exchange_sheet"),
    JointKind("meeting", Meeting, ("kind", "state", "unit_id", "people", "topics"), is_personal=False),
    JointKind("agreement", Agreement, ("number", "first_day", "last_day", "guardian_name", "amount", "stopped_on")),
    JointKind("agreement_review", AgreementReview, ("quarter", "result", "reviewer", "note"), parent="agreement"),
    JointKind("agreement_payment", AgreementPayment, ("quarters", "amount", "receiver", "note"), parent="agreement"),
    JointKind("assistance", Assistance, ("kind", "last_day", "detail", "agency", "amount")),
    JointKind("rehabilitation", Rehabilitation, ("services", "institution", "minutes", "provider")),
    JointKind("checkup", CheckUp, ("items", "systolic", "diastolic", "result", "findings")),
    JointKind("outreach", Outreach, ("kind", "theme", "unit_id", "sessions", "people", "materials"), is_personal=False),
    JointKind(
        "service_point", ServicePoint, ("name", "kind", "unit_id", "closed_on", "contact_name"), is_personal=False
    ),
)
#: By key.
KINDS: Mapping[str, JointKind] = {kind.key: kind for kind in _KINDS}
#: Kinds that are typed, imported and exported by themselves.
FREE = tuple(kind.key for kind in _KINDS if not kind.parent)


def of_record(record: object) -> JointKind:
    """The kind of a record. Raises KeyError for a record of another area."""
    return next(kind for kind in _KINDS if type(record) is kind.record)
