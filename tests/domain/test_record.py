"""Records made the quick way are the records made the usual way."""

from __future__ import annotations

import pytest

from mhdesk.domain.dates import PartialDate
from mhdesk.domain.follow_up import FollowUp
from mhdesk.domain.patient import Movement, Patient
from mhdesk.domain.record import Record, record_of


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Patient, {"name": "王敏", "unit_id": 3, "birth_date": PartialDate(1970, 3)}),
        (Patient, {"name": "王敏", "unit_id": 3, "custom": {"custom:x": "1"}}),
        (FollowUp, {"risk_level": "0", "symptoms": ("1", "3")}),
    ],
)
def test_the_same_as_calling_the_class(kind: type[Record], values: dict[str, object]) -> None:
    assert record_of(kind, values) == kind(**values)  # type: ignore[arg-type]
    assert repr(record_of(kind, values)) == repr(kind(**values))  # type: ignore[arg-type]


def test_what_is_made_anew_is_not_shared() -> None:
    one, other = (record_of(Patient, {"name": "王敏", "unit_id": 3}) for _ in range(2))
    assert one.custom == {}
    assert one.custom is not other.custom


def test_wrong_names_and_missing_values_are_refused() -> None:
    with pytest.raises(TypeError, match="nmae"):
        record_of(Patient, {"name": "王敏", "unit_id": 3, "nmae": "x"})
    with pytest.raises(TypeError, match="happened_on"):
        record_of(Movement, {"patient_id": 1, "kind": "died"})
