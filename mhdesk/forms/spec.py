"""What a form is: an ordered table of items. Read from ``resources/forms/*.toml`` by `mhdesk.forms.load`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mhdesk.domain.codes import CodeList


class Kind(StrEnum):
    """How an item is typed and what its value is."""

    NAME = "name"  # a person's name: str
    TEXT = "text"
    LONG_TEXT = "long_text"
    CODE = "code"  # one code: str
    YES_NO = "yes_no"  # "1" 否, "2" 是
    CODES = "codes"  # tuple[str, ...] in printed order
    COUNTED_CODES = "counted_codes"  # tuple[CodeCount, ...]
    DATE = "date"
    PARTIAL_DATE = "partial_date"
    INTEGER = "integer"
    DECIMAL = "decimal"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    DRUGS = "drugs"  # tuple[DrugLine, ...]
    MOMENT = "moment"  # a day and a time of day: str "2026-03-05 14:30"
    PEOPLE = "people"  # tuple[Participant, ...]: name, unit and role of each
    UNIT = "unit"  # the id of a unit; files name units in the columns village_name and institution_name


CODED = frozenset({Kind.CODE, Kind.YES_NO, Kind.CODES, Kind.COUNTED_CODES})


@dataclass(frozen=True, kw_only=True)
class FieldSpec:
    """One item. Empty strings mean "nothing said"."""

    key: str  # key in raw values; also the dataclass field, except for drug tables
    attribute: str  # the dataclass field: `key`, or "drugs"
    number: str = ""  # as printed; "" = not a numbered item
    rows: tuple[int, int] | None = None  # first and last row of the paper table
    paper: str = ""  # which sheet prints it
    section: str
    group: str = ""  # a heading shared with its neighbours, such as 社会功能情况
    label: str
    help: str = ""
    kind: Kind
    codes: CodeList | None = None
    suggestions: tuple[str, ...] = ()  # words offered for a free text
    boxes: int = 1  # □ printed at the right edge
    columns: tuple[FieldSpec, ...] = ()  # of a drug table
    lines: int = 0  # printed lines of a drug table
    purpose: str = ""  # DrugLine.purpose of a drug table
    minimum: float | None = None
    maximum: float | None = None
    max_length: int = 200
    unit: str = ""  # mg, 次 …
    detail: str = ""  # key of the text that belongs to `detail_code` (其他 …)
    detail_code: str = ""
    keep_text: bool = False  # the words met in a file are kept in `detail`
    required: str = ""  # predicate
    empty_when: str = ""  # predicate
    never_copied: bool = False  # “与上次相同” leaves it empty
    import_names: tuple[str, ...] = ()
    source: str = ""
    mark: str = ""

    @property
    def is_multiple(self) -> bool:
        """Whether it holds several values."""
        return self.kind in {Kind.CODES, Kind.COUNTED_CODES, Kind.DRUGS, Kind.PEOPLE}


@dataclass(frozen=True, kw_only=True)
class ImportColumn:
    """A column of files that is no item of the form: whose row it is, where it belongs."""

    key: str
    label: str
    import_names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class FormSpec:
    """A form of one edition: its items in the order of the paper. Compared by identity: each is read once."""

    name: str
    record: str  # "patient", "follow_up", "drug_line", "meeting" …: `mhdesk.forms.load.RECORDS`
    edition: str
    title: str
    table: str  # 表8 …
    source: str
    mark: str
    sections: Mapping[str, str]  # key -> label, in order
    fields: tuple[FieldSpec, ...]
    columns: tuple[ImportColumn, ...] = ()
    page: Mapping[str, object] = field(default_factory=dict)  # size, margins in mm, rows of the paper table

    @functools.cached_property
    def by_key(self) -> Mapping[str, FieldSpec]:
        """The items by key."""
        return {item.key: item for item in self.fields}

    def field(self, key: str) -> FieldSpec:
        """The item of a key. Raises KeyError for an unknown one."""
        return self.by_key[key]

    def head(self, raw_key: str) -> str:
        """The item a raw key belongs to: itself (``custom:c1``), or what stands before the colon (a drug's dose)."""
        return raw_key if raw_key in self.by_key else raw_key.partition(":")[0]

    def in_section(self, section: str) -> tuple[FieldSpec, ...]:
        """The items of a folding section."""
        return tuple(item for item in self.fields if item.section == section)
