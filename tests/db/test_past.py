"""As known then: whatever happens to a ledger later, its tables at an earlier moment can be read again exactly."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db import past, schema
from db.queries import rollup
from db.queries.records import find
from mhdesk.domain.patient import Patient
from tests.conftest import FixedClock, LedgerTemplate
from tests.services import stories
from tests.services.people import person

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.ledger import Ledger

MONDAY = date(2026, 11, 23)
TABLES = [schema.TABLES[kind] for kind in past.KINDS] + [schema.follow_up_drug]


def dump(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table.name: sorted(map(tuple, connection.exec_driver_sql(f'SELECT * FROM "{table.name}"')), key=str)
        for table in TABLES
    }


@settings(
    max_examples=6,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(weeks=st.lists(stories.events, min_size=2, max_size=3))
def test_every_earlier_evening_and_audit_head_can_be_read_again(
    ledger_template: LedgerTemplate, tmp_path: Path, weeks: list[list[stories.Event]]
) -> None:
    from db.ledger import Ledger

    shutil.rmtree(tmp_path / "example", ignore_errors=True)
    clock = FixedClock()
    folder = ledger_template.copy_to(tmp_path / "example")
    with Ledger.open(folder, login=ledger_template.login, password=ledger_template.password, now=clock) as ledger:
        story, kept = stories.Story(ledger, MONDAY), []
        for number, chosen in enumerate(weeks):
            day = MONDAY + timedelta(weeks=number)
            # the last second of the day in China
            clock.now = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=15, minutes=59, seconds=59)
            story.play(chosen)
            with ledger.read() as connection:
                kept.append((day, rollup.audit_head(connection), dump(connection)))
        with ledger.read() as connection:
            for day, head, tables in kept:
                after = past.Moment.after(connection, head)
                assert after is not None
                for moment in (past.Moment.end_of(day), after):
                    with past.as_known(connection, moment) as reading:
                        assert dump(reading.connection) == tables


def test_some_people_and_some_tables_only(ledger: Ledger, clock: FixedClock) -> None:
    with ledger.change("test.add") as change:
        one, other = (change.add(person(name, serial)) for serial, name in enumerate("甲乙", 11))
    moment = past.Moment.end_of(date(2026, 11, 20))
    clock.advance(days=2)
    with ledger.change("test.change") as change:
        change.void(Patient, one, "重复")
        change.add(person("丙", 14))
    with ledger.read() as connection, past.as_known(connection, moment, kinds=[Patient], people=[one]) as reading:
        assert [known.name for known in find(reading.connection, Patient)] == ["甲"]
        assert reading.put_back == {"patient": frozenset({one})}
        assert past.first_entry(connection) == datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    with ledger.read() as connection, past.as_known(connection, moment, kinds=[Patient]) as reading:
        assert {known.id for known in find(reading.connection, Patient)} == {one, other}
        assert past.Moment.after(connection, "no such row") is None
        with pytest.raises(Exception, match="readonly"):
            reading.connection.execute(text("DELETE FROM patient"))


def test_a_ledger_that_did_not_note_what_was_added_is_read_by_the_hour_of_entry(
    ledger: Ledger, clock: FixedClock
) -> None:
    with ledger.change("test.add") as change:
        change.add(person("甲", 11))
    clock.advance(days=2)
    with ledger.change("test.add") as change:
        change.add(person("乙", 13))
        change.connection.execute(text("DELETE FROM added_range"))  # as before the second step
    with ledger.change("test.forget") as change:
        change.connection.execute(text("DELETE FROM added_range"))
    moment = past.Moment.end_of(date(2026, 11, 20))
    with ledger.read() as connection, past.as_known(connection, moment) as reading:
        assert [known.name for known in find(reading.connection, Patient)] == ["甲"]
