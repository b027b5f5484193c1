"""What the entry page asks the services for, as plain values: opening a sheet, judging it, storing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mhdesk.domain.changes import Changes
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.problems import Problem, Severity
from mhdesk.forms import skip
from mhdesk.forms.skip import State
from mhdesk.forms.spec import FormSpec, Kind
from mhdesk.services import custom_fields, drafts, follow_ups
from mhdesk.services.follow_ups import Entry, Judgement
from ui.forms import sheet
from ui.pages import form_doubts
from ui.pages.follow_up_draft import OpenSheet

if TYPE_CHECKING:
    from mhdesk.services.access import Ledger

#: Editions a sheet is typed in; older ones are only imported.
EDITIONS = ("2018", "2017")
EDITION_SETTING = "forms.follow_up"
_NO_SYMPTOM = "无"
_NO_DOUBTS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Opened:
    """A sheet on the page: the person, the form, what it begins with, and the draft left of it."""

    entry: Entry
    spec: FormSpec
    sheet: OpenSheet
    base: FollowUp
    first_texts: Mapping[str, str]
    draft: Mapping[str, str] | None

    @property
    def last(self) -> FollowUp | None:
        """The visit before: what “与上次相同” copies."""
        return next((one for one in self.entry.file.follow_ups if one.id != self.base.id and one.is_complete), None)


@dataclass(frozen=True)
class Verdict:
    """What is to be said of the texts on the page."""

    follow_up: FollowUp
    judgement: Judgement
    problems: Sequence[Problem] = field(default_factory=tuple)

    @property
    def blocking(self) -> list[Problem]:
        """The problems that keep it from being saved."""
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]

    @property
    def asks_reason(self) -> bool:
        """Whether the doctor's class differs from the suggestion."""
        suggested, chosen = self.judgement.suggestion.visit_class, self.follow_up.visit_class
        return suggested is not None and chosen is not None and chosen != suggested


def open_sheet(ledger: Ledger, patient_id: int, follow_up_id: int | None, *, edition: str, today: date) -> Opened:
    """Read everything a sheet needs: a new one in `edition`, or a stored one in its own. For the ledger's lane."""
    entry = follow_ups.prepare(ledger, patient_id, today=today)
    opened = OpenSheet(patient_id, follow_up_id)
    stored = next((one for one in entry.file.follow_ups if one.id == follow_up_id), None) if follow_up_id else None
    if stored is None:
        chosen = edition or ledger.get_setting(EDITION_SETTING) or EDITIONS[0]
        spec = custom_fields.form_for(ledger, "follow_up", chosen)
        base = FollowUp(patient_id=patient_id, form_edition=chosen)
        return Opened(entry, spec, OpenSheet(patient_id), base, {"doctor_name": ledger.user_name}, entry.draft)
    edition = stored.form_edition if stored.form_edition in EDITIONS else EDITIONS[0]
    spec = custom_fields.form_for(ledger, "follow_up", edition)
    draft = drafts.load(ledger, form=opened.form, subject_id=patient_id)
    return Opened(entry, spec, opened, stored, sheet.write(spec, stored), draft)


def judge(opened: Opened, texts: Mapping[str, str]) -> Verdict:
    """Read and judge what is typed. Pure: runs at each change."""
    read = sheet.read(opened.spec, texts, opened.base, today=opened.entry.today)
    judgement = follow_ups.judge(opened.entry, read.follow_up)
    unread = {opened.spec.head(problem.field) for problem in read.problems}
    # What cannot be read is no missing answer: one sentence is enough.
    rest = [problem for problem in judgement.problems if problem.field not in unread]
    return Verdict(read.follow_up, judgement, (*read.problems, *rest))


def store(
    ledger: Ledger,
    opened: Opened,
    follow_up: FollowUp,
    *,
    today: date,
    sheet_row_id: int | None = None,
    doubts: Mapping[str, str] = _NO_DOUBTS,
) -> Changes:
    """Record the sheet; drafts waiting behind it are not written. For the ledger's lane."""
    follow_up_id, changes = follow_ups.record(ledger, follow_up, today=today, sheet_row_id=sheet_row_id)
    opened.sheet.is_recorded = True
    form_doubts.store(ledger, follow_ups.FORM, follow_up_id, doubts)
    if opened.sheet.follow_up_id is not None:
        drafts.discard(ledger, form=opened.sheet.form, subject_id=opened.sheet.patient_id)
    return changes


def retry_date(opened: Opened, follow_up: FollowUp) -> date | None:
    """When somebody lost (失访) is to be looked for again; None on any other sheet."""
    if follow_up.lost_reason is None or follow_up.visit_date is None:
        return None
    return follow_up.visit_date + timedelta(days=opened.entry.rules.terms.retry_days)


def proposals(opened: Opened, verdict: Verdict, user_name: str) -> dict[str, str]:
    """What the space bar takes over while an item is empty: today, the date the chosen class means, the signature."""
    sheet = verdict.follow_up
    due = retry_date(opened, sheet) or verdict.judgement.due_by_class.get(sheet.visit_class or "")
    return {
        "visit_date": opened.entry.today.isoformat(),
        "next_visit_date": due.isoformat() if due is not None else "",
        "doctor_name": user_name,
        "symptoms_other": _NO_SYMPTOM,
    }


def drug_proposals(opened: Opened, texts: Mapping[str, str]) -> dict[str, list[dict[str, str]]]:
    """Lines a drug table offers: those of the last visit, and for 用药指导 at least the drugs just typed above."""
    last = sheet.write(opened.spec, opened.last) if opened.last is not None else {}
    tables = [item for item in opened.spec.fields if item.kind is Kind.DRUGS]
    found: dict[str, list[dict[str, str]]] = {}
    above: list[dict[str, str]] = []
    for item in tables:
        before = _lines(last, item.key)
        known = {line.get("drug_name"): line for line in before}
        found[item.key] = [known.get(line["drug_name"], line) for line in above] or before
        typed = [line for line in _lines(texts, item.key) if line.get("drug_name")]
        above = [{key: line[key] for key in ("drug_name", "specification") if key in line} for line in typed]
    return found


def _lines(texts: Mapping[str, str], key: str) -> list[dict[str, str]]:
    lines: dict[int, dict[str, str]] = {}
    for raw_key, words in texts.items():
        head, _, rest = raw_key.partition(":")
        line, _, part = rest.partition(":")
        if head == key and line.isdigit() and words:
            lines.setdefault(int(line), {})[part] = words
    return [lines[line] for line in sorted(lines)]


def same_as_last(opened: Opened, texts: Mapping[str, str]) -> dict[str, str] | None:
    """What F8 fills in, without items that must stay empty on the sheet it makes; None where there is no last visit."""
    if opened.last is None:
        return None
    found = sheet.same_as_last(opened.spec, opened.last, texts)
    states = skip.states(opened.spec, {**found, **texts})
    return {key: words for key, words in found.items() if states[opened.spec.head(key)] is not State.EMPTY}
