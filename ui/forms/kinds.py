"""Which field an item gets: one class for each kind of the form tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from mhdesk.forms.spec import FieldSpec, Kind
from mhdesk.text import text
from ui.forms.codes import CodeField, CodesField
from ui.forms.counted import CountedCodesField
from ui.forms.drug_table import DrugTable
from ui.forms.field import Field
from ui.forms.numbers import IdField
from ui.forms.people import PeopleField
from ui.forms.texts import DateField, LineField, NoteField
from ui.forms.units import UnitField
from ui.forms.words import SuggestField

Today = Callable[[], date]


def _counted(item: FieldSpec, name: str, _today: Today) -> Field:
    return CountedCodesField(item, name, text("follow_up.times_sign"), text("follow_up.times_unit"))


#: Kind -> how its field is made.
MAKERS: dict[Kind, Callable[[FieldSpec, str, Today], Field]] = {
    Kind.CODE: lambda item, name, _today: CodeField(item, name),
    Kind.YES_NO: lambda item, name, _today: CodeField(item, name),
    Kind.CODES: lambda item, name, _today: CodesField(item, name),
    Kind.COUNTED_CODES: _counted,
    Kind.DATE: DateField,
    Kind.PARTIAL_DATE: DateField,
    Kind.MOMENT: DateField,
    Kind.PEOPLE: lambda item, name, _today: PeopleField(item, name),
    Kind.TEXT: lambda item, name, _today: SuggestField(item, name) if item.suggestions else LineField(item, name),
    Kind.NAME: lambda item, name, _today: LineField(item, name),
    Kind.INTEGER: lambda item, name, _today: LineField(item, name),
    Kind.DECIMAL: lambda item, name, _today: LineField(item, name),
    Kind.PHONE: lambda item, name, _today: LineField(item, name),
    Kind.ID_NUMBER: IdField,
    Kind.UNIT: lambda item, name, _today: UnitField(item, name),
    Kind.LONG_TEXT: lambda item, name, _today: NoteField(item, name),
    Kind.DRUGS: lambda item, name, _today: DrugTable(item, name),
}


def make_field(item: FieldSpec, name: str, today: Today) -> Field:
    """The field of an item."""
    return MAKERS[item.kind](item, name, today)
