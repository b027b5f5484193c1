"""Rows of a table of staff against the register: a person by name and phone, a post by role and place."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from mhdesk.domain import names
from mhdesk.domain.record import Record
from mhdesk.domain.staff import Certificate, StaffMember, StaffPost, StaffRole
from mhdesk.domain.unit import Unit
from mhdesk.rules.checks import training as checks
from mhdesk.services.imports.result import Outcome, conflict, rejected
from mhdesk.text import text

if TYPE_CHECKING:
    from db.change import Change
    from db.ledger import Ledger


@dataclasses.dataclass
class _Person:
    """Somebody as stored (None: new) and as the file will leave them."""

    member: StaffMember
    posts: list[StaffPost]
    papers: list[Certificate]


class StaffBook:
    """The register while a file is read."""

    def __init__(self, ledger: Ledger, today: date) -> None:
        self._today = today
        self._units = {unit.name: unit.id for unit in ledger.find(Unit)}
        self._roles = {text(f"staff.role.{role}"): role.value for role in StaffRole}
        self._roles |= {role.value: role.value for role in StaffRole}
        posts, papers = ledger.find(StaffPost), ledger.find(Certificate)
        self._people = [
            _Person(
                member,
                [post for post in posts if post.staff_id == member.id],
                [paper for paper in papers if paper.staff_id == member.id],
            )
            for member in ledger.find(StaffMember)
        ]
        self._stored: dict[tuple[type, int | None], Record] = {}
        for person in self._people:
            for record in (person.member, *person.posts, *person.papers):
                self._stored[type(record), record.id] = record

    def take(self, values: Mapping[str, Any]) -> Outcome:
        """One row. Raises Refusal."""
        name = names.normalize(str(values["name"]))
        found = self._find(name, values.get("phone"))
        person = found or _Person(StaffMember(name=name), [], [])
        member = _filled(person.member, {key: values[key] for key in ("phone", "cleared_on") if key in values})
        posts = self._with_post(person.posts, values)
        papers = _with_paper(person.papers, values)
        faults = [*checks.member(member, others=[one.member for one in self._people], today=self._today)]
        faults += checks.posts(posts)
        faults += [fault for paper in papers for fault in checks.certificate(paper)]
        if faults:
            raise rejected(faults[0].code, faults[0].field, **faults[0].params)
        is_same = (member, posts, papers) == (person.member, person.posts, person.papers)
        if found is None:
            self._people.append(person)
        person.member, person.posts, person.papers = member, posts, papers
        return Outcome.NEW if found is None else Outcome.SAME if is_same else Outcome.CHANGED

    def _find(self, name: str, phone: str | None) -> _Person | None:
        same = [one for one in self._people if one.member.name == name]
        if phone is not None:
            exact = [one for one in same if one.member.phone == phone]
            same = exact or [one for one in same if one.member.phone is None]
        if len(same) > 1:
            raise conflict("MH-STAFF-22", "name")
        return same[0] if same else None

    def _with_post(self, posts: list[StaffPost], values: Mapping[str, Any]) -> list[StaffPost]:
        said = values.get("role")
        if said is None:
            if "workplace" in values and not any(self._is_at(post, values["workplace"]) for post in posts):
                raise rejected("MH-STAFF-23", "role")
            return posts
        role = self._roles.get(str(said))
        if role is None:
            known = "、".join(text(f"staff.role.{one}") for one in StaffRole)
            raise rejected("MH-STAFF-20", "role", text=said, codes=known)
        place = values.get("workplace")
        unit_id = self._units.get(str(place))
        where: dict[str, Any] = {"unit_id": unit_id, "workplace": None if unit_id is not None else place}
        rest: dict[str, Any] = {
            key: values[key] for key in ("position", "fte", "started_on", "ended_on") if key in values
        }
        for at, post in enumerate(posts):
            is_it = post.role == role and (post.unit_id, post.workplace) == (where["unit_id"], where["workplace"])
            if is_it and post.started_on in (None, rest.get("started_on", post.started_on)):
                return [*posts[:at], _filled(post, rest), *posts[at + 1 :]]
        return [*posts, StaffPost(staff_id=0, role=role, **where, **rest)]

    def _is_at(self, post: StaffPost, place: str) -> bool:
        return post.workplace == place or (post.unit_id is not None and post.unit_id == self._units.get(place))

    def write(self, change: Change) -> None:
        """Store what the file changed."""
        for person in self._people:
            staff_id = person.member.id
            if staff_id is None:
                staff_id = change.add(person.member)
            elif person.member != self._stored[StaffMember, staff_id]:
                change.replace(person.member)
            records: list[StaffPost | Certificate] = [*person.posts, *person.papers]
            for record in records:
                if record.id is None:
                    change.add(dataclasses.replace(record, staff_id=staff_id))
                elif record != self._stored[type(record), record.id]:
                    change.replace(record)


def _with_paper(papers: list[Certificate], values: Mapping[str, Any]) -> list[Certificate]:
    name = values.get("certificate")
    if name is None:
        return papers
    number = values.get("certificate_number")
    rest = {"valid_until": values["valid_until"]} if "valid_until" in values else {}
    for at, paper in enumerate(papers):
        if paper.name == name and (number is None or paper.number in (None, number)):
            return [*papers[:at], _filled(paper, {**rest, **({"number": number} if number else {})}), *papers[at + 1 :]]
    return [*papers, Certificate(staff_id=0, name=name, number=number, **rest)]


def _filled(record: Any, values: Mapping[str, Any]) -> Any:
    return dataclasses.replace(record, **values)
