"""For the demonstration: a form the district sent (``resources/demo/form.xlsx``), colours a committee decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

import resources
from db.queries import rollup
from mhdesk.domain.assessment import ColourAssessment
from mhdesk.rules import colours as rules
from mhdesk.rules.colours import Scheme, Suggestion
from mhdesk.services import colours, templates
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

_ACT_DAYS = 366
_SPREAD_DAYS, _SPREAD = 23, 8  # assessments lie up to half a year back
_OTHER = 4
_EARLIER_DAYS = 150


def add_form(ledger: Ledger) -> None:
    """Keep the form in the ledger."""
    content = resources.path("demo/form.xlsx").read_bytes()
    templates.save(ledger, text("demo.form_name"), content, file_name="form.xlsx")


def add_colours(ledger: Ledger, *, today: date) -> None:
    """Assess every third person, some so long ago that the next assessment is due; one not as suggested."""
    used = colours.scheme(ledger)
    first = today - timedelta(days=_ACT_DAYS)
    with ledger.read() as connection:
        people = list(rollup.patient_facts(connection, first=first, start=first, end=today + timedelta(days=1)))
    made = []
    for number, facts in enumerate(people[::3]):
        answers = {**rules.answers_of(used, facts, today.toordinal()), "present": "no"}
        said = rules.suggest(used, answers)
        if said.colour is None or facts.movements:
            continue
        on = today - timedelta(days=_SPREAD_DAYS * (1 + number % _SPREAD))
        is_other = number == _OTHER and said.colour == "green"
        colour = "yellow" if is_other else said.colour
        wanted = used.colour(colour)
        if number % _SPREAD == 0:  # some were assessed before, with everything else alike
            made.append(_earlier(facts.id, on - timedelta(days=_EARLIER_DAYS), used, answers, said))
        made.append(
            ColourAssessment(
                patient_id=facts.id,
                assessed_on=on,
                scheme_id=used.id,
                scheme_version=used.version,
                answers=answers,
                score=said.score,
                suggested=said.colour,
                colour=colour,
                override_reason=text("demo.colour_reason") if is_other else None,
                members=text("demo.colour_members"),
                measures=wanted.measures,
                next_on=on + timedelta(days=wanted.interval_days),
            )
        )
    with ledger.change("colour.assess") as change:
        change.add_many(made)


def _earlier(patient_id: int, on: date, used: Scheme, answers: Mapping[str, str], said: Suggestion) -> ColourAssessment:
    """An assessment as suggested, made some months before the last."""
    wanted = used.colour(said.colour or "")
    return ColourAssessment(
        patient_id=patient_id,
        assessed_on=on,
        scheme_id=used.id,
        scheme_version=used.version,
        answers=answers,
        score=said.score,
        suggested=said.colour,
        colour=wanted.key,
        members=text("demo.colour_members"),
        measures=wanted.measures,
        next_on=on + timedelta(days=wanted.interval_days),
    )
