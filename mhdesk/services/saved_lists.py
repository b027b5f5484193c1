"""Lists somebody composed (保存的名单): filters, order and columns by name; and the columns each user likes to see."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import UserError
from mhdesk.domain.merge import SavedList
from mhdesk.services import patients
from mhdesk.services.patients import RegisterFilter

if TYPE_CHECKING:
    from db.ledger import Ledger

_LONGEST_NAME = 20
_TEXT_FILTERS = ("status", "visit_class", "minimum_risk", "diagnosis", "colour", "text")


def listed(ledger: Ledger, page: str) -> list[SavedList]:
    """The lists this user keeps for a page and those for everybody, in their order."""
    found = [one for one in ledger.find(SavedList, page=page) if one.login in {"", ledger.login}]
    return sorted(found, key=lambda one: (one.sort_order, one.id or 0))


def save(
    ledger: Ledger, *, page: str, name: str, query: Mapping[str, str], for_everybody: bool = False
) -> tuple[int, Changes]:
    """Keep a list under a name; one of the same name and owner is replaced. Raises UserError MH-LIST-01 for no name."""
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME:
        raise UserError("MH-LIST-01", most=_LONGEST_NAME)
    owner = "" if for_everybody else ledger.login
    known = listed(ledger, page)
    same = next((one for one in known if (one.login, one.name) == (owner, name)), None)
    with ledger.change("list.save") as change:
        if same is not None and same.id is not None:
            change.replace(dataclasses.replace(same, query=dict(query)))
            return same.id, change.changes
        last = max((one.sort_order for one in known), default=0)
        new_id = change.add(SavedList(login=owner, page=page, name=name, query=dict(query), sort_order=last + 1))
    return new_id, change.changes


def delete(ledger: Ledger, list_id: int) -> Changes:
    """Take a list away; it comes back from the recycle bin."""
    with ledger.change("list.delete") as change:
        change.void(SavedList, list_id, "list.delete")
    return change.changes


def to_query(
    chosen: RegisterFilter, *, sort: str = "", descending: bool = False, columns: Sequence[str] = ()
) -> dict[str, str]:
    """What the register shows as the texts of a saved list."""
    query = {name: str(getattr(chosen, name)) for name in _TEXT_FILTERS if getattr(chosen, name)}
    if chosen.unit_id is not None:
        query["unit_id"] = str(chosen.unit_id)
    if sort:
        query |= {"sort": sort, "descending": "1" if descending else ""}
    if columns:
        query["columns"] = ",".join(columns)
    return {key: value for key, value in query.items() if value}


def to_filter(query: Mapping[str, str]) -> RegisterFilter:
    """The filter of a saved list; keys of a newer version are passed over."""
    unit_id = query.get("unit_id", "")
    texts = {name: query.get(name, "") for name in _TEXT_FILTERS}
    return RegisterFilter(unit_id=int(unit_id) if unit_id.isdigit() else None, **texts)


def counts(ledger: Ledger, page: str) -> dict[int, int]:
    """How many people each saved list of a page holds now."""
    return {
        one.id or 0: len(patients.register_ids(ledger, chosen=to_filter(one.query))) for one in listed(ledger, page)
    }


def columns(ledger: Ledger, page: str) -> list[str]:
    """The columns this user chose on a page, left to right; [] while never chosen."""
    found = ledger.get_setting(_columns_key(ledger, page), [])
    return [str(one) for one in found] if isinstance(found, list) else []


def keep_columns(ledger: Ledger, page: str, keys: Sequence[str]) -> None:
    """Remember which columns this user wants to see."""
    if list(keys) != columns(ledger, page):
        ledger.set_setting(_columns_key(ledger, page), list(keys))


def _columns_key(ledger: Ledger, page: str) -> str:
    return f"columns.{page}.{ledger.login}"
