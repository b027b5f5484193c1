"""工作人员: who does the work, in which posts, with which certificates, and who may follow up alone.

A person is cleared (可独立随访) who passed 上岗前培训: in a session of this ledger, or before it (`cleared_on`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mhdesk.domain import names
from mhdesk.domain.changes import Changes
from mhdesk.domain.errors import RecordRefused, UserError
from mhdesk.domain.problems import Severity
from mhdesk.domain.staff import Certificate, StaffMember, StaffPost, StaffRole
from mhdesk.domain.training import Attendance, SessionKind, TrainingSession
from mhdesk.domain.unit import Unit
from mhdesk.rules import training as rules
from mhdesk.rules.checks import training as checks
from mhdesk.services import training_terms
from mhdesk.text import text

if TYPE_CHECKING:
    from db.ledger import Ledger

ROLES = tuple(role.value for role in StaffRole)


@dataclass(frozen=True)
class StaffLine:
    """A person with all posts; `post` is the one held today, else the latest. `cleared_on` counts both ways."""

    member: StaffMember
    posts: Sequence[StaffPost]
    post: StaffPost | None
    is_in_post: bool
    workplace: str
    cleared_on: date | None
    certificates: Sequence[Certificate]

    @property
    def id(self) -> int:
        """The person's id."""
        return self.member.id or 0

    @property
    def name(self) -> str:
        """The person's name."""
        return self.member.name

    @property
    def role(self) -> str:
        """The role of the post shown; "" without a post."""
        return self.post.role if self.post else ""

    def may_not_visit(self) -> bool:
        """In post and not (yet) passed 上岗前培训; doctors of psychiatry need none."""
        return self.is_in_post and self.cleared_on is None and self.role != StaffRole.PSYCHIATRIST

    def must_be_cleared(self) -> bool:
        """精防人员 in post without 上岗前培训 passed: not yet to follow up alone."""
        return self.is_in_post and self.cleared_on is None and self.role == StaffRole.PREVENTION


def holds(post: StaffPost, day: date) -> bool:
    """Whether the post is held on a day."""
    return (post.started_on is None or post.started_on <= day) and (post.ended_on is None or day < post.ended_on)


def listed(ledger: Ledger, *, today: date, include_past: bool = True) -> list[StaffLine]:
    """Everybody, those in post first, by role and name. `include_past`: also who holds no post today."""
    units = {unit.id: unit.name for unit in ledger.find(Unit, include_voided=True)}
    posts: dict[int, list[StaffPost]] = {}
    for post in ledger.find(StaffPost):
        posts.setdefault(post.staff_id, []).append(post)
    papers: dict[int, list[Certificate]] = {}
    for paper in ledger.find(Certificate):
        papers.setdefault(paper.staff_id, []).append(paper)
    cleared = _cleared(ledger)
    lines = []
    for member in ledger.find(StaffMember):
        line = _line(member, posts.get(member.id or 0, ()), papers.get(member.id or 0, ()), cleared, units, today)
        if include_past or line.is_in_post:
            lines.append(line)
    order = {role: place for place, role in enumerate(ROLES)}
    return sorted(lines, key=lambda one: (not one.is_in_post, order.get(one.role, len(order)), one.workplace, one.name))


def _line(
    member: StaffMember,
    posts: Sequence[StaffPost],
    papers: Sequence[Certificate],
    cleared: Mapping[int, date],
    units: Mapping[int | None, str],
    today: date,
) -> StaffLine:
    now = [post for post in posts if holds(post, today)]
    order = {role: place for place, role in enumerate(ROLES)}
    by_weight = sorted(now, key=lambda post: (order.get(post.role, len(order)), post.id or 0))
    shown = by_weight[0] if by_weight else max(posts, key=lambda post: post.started_on or date.min, default=None)
    days = [day for day in (member.cleared_on, cleared.get(member.id or 0)) if day is not None]
    return StaffLine(
        member=member,
        posts=tuple(posts),
        post=shown,
        is_in_post=bool(now),
        workplace=workplace_of(shown, units) if shown else "",
        cleared_on=min(days, default=None),
        certificates=tuple(papers),
    )


def workplace_of(post: StaffPost, units: Mapping[int | None, str]) -> str:
    """The name of where a post is."""
    return units.get(post.unit_id, "") if post.unit_id is not None else post.workplace or ""


def _cleared(ledger: Ledger) -> Mapping[int, date]:
    """The day each person first passed 上岗前培训 in a session of this ledger."""
    mark = training_terms.load(ledger)["pass_mark"].value
    sessions = {one.id: one for one in ledger.find(TrainingSession, kind=SessionKind.ON_POST.value)}
    found: dict[int, date] = {}
    for session in sessions.values():
        for line in ledger.find(Attendance, session_id=session.id):
            own = mark if session.pass_mark is None else session.pass_mark
            day = line.resit_on or line.made_up_on or session.held_on
            if day is not None and rules.is_held(session) and rules.is_passed(line, own):
                found[line.staff_id] = min(found.get(line.staff_id, day), day)
    return found


def get(ledger: Ledger, staff_id: int, *, today: date) -> StaffLine:
    """One person. Raises UserError MH-LEDGER-24."""
    member = ledger.get(StaffMember, staff_id)
    units = {unit.id: unit.name for unit in ledger.find(Unit, include_voided=True)}
    posts, papers = ledger.find(StaffPost, staff_id=staff_id), ledger.find(Certificate, staff_id=staff_id)
    return _line(member, posts, papers, _cleared(ledger), units, today)


def save(
    ledger: Ledger,
    member: StaffMember,
    posts: Iterable[StaffPost] | None = None,
    *,
    today: date,
) -> tuple[int, Changes]:
    """A new or changed person with all posts; posts left out of `posts` are voided. None: posts stay as they are.

    Returns the person's id. Raises RecordRefused MH-STAFF-02 naming the faults.
    """
    wanted = [dataclasses.replace(post, workplace=(post.workplace or "").strip() or None) for post in posts or ()]
    fresh = dataclasses.replace(member, name=names.normalize(member.name), phone=(member.phone or "").strip() or None)
    faults = checks.member(fresh, others=ledger.find(StaffMember), today=today)
    if posts is not None:
        faults += checks.posts(wanted)
    if blocking := [one for one in faults if one.severity == Severity.ERROR]:
        raise RecordRefused("MH-STAFF-02", blocking)
    stored = ledger.find(StaffPost, staff_id=member.id) if member.id is not None else []
    with ledger.change("staff.save") as change:
        staff_id = member.id
        if staff_id is None:
            staff_id = change.add(fresh)
        else:
            change.replace(fresh)
        if posts is not None:
            kept = {post.id for post in wanted}
            for post in stored:
                if post.id not in kept:
                    change.void(StaffPost, post.id or 0, "staff.save")
            for post in wanted:
                placed = dataclasses.replace(post, staff_id=staff_id)
                if post.id is None:
                    change.add(placed)
                else:
                    change.replace(placed)
    return staff_id, change.changes


def leave(ledger: Ledger, staff_id: int, *, on: date) -> Changes:
    """The person's last day was yesterday: every post still held ends with `on`. Raises UserError MH-STAFF-03."""
    running = [
        post for post in ledger.find(StaffPost, staff_id=staff_id) if post.ended_on is None or post.ended_on > on
    ]
    if not running or any(post.started_on is not None and post.started_on > on for post in running):
        raise UserError("MH-STAFF-03")
    with ledger.change("staff.leave") as change:
        for post in running:
            change.replace(dataclasses.replace(post, ended_on=on))
    return change.changes


def void(ledger: Ledger, staff_id: int, *, reason: str) -> Changes:
    """Take somebody entered by mistake out. Raises UserError MH-STAFF-04 for people who stand on a roster."""
    if ledger.find(Attendance, staff_id=staff_id):
        raise UserError("MH-STAFF-04")
    with ledger.change("staff.void", reason=reason) as change:
        for kind in (StaffPost, Certificate):
            for one in ledger.find(kind, staff_id=staff_id):
                change.void(kind, one.id or 0, reason)
        change.void(StaffMember, staff_id, reason)
    return change.changes


def void_post(ledger: Ledger, post_id: int, *, reason: str) -> Changes:
    """Take a post entered by mistake out; somebody who left a post gets its last day instead."""
    with ledger.change("staff.void", reason=reason) as change:
        change.void(StaffPost, post_id, reason)
    return change.changes


def save_certificate(ledger: Ledger, paper: Certificate) -> tuple[int, Changes]:
    """A new or changed certificate. Raises RecordRefused MH-STAFF-02."""
    if faults := checks.certificate(paper):
        raise RecordRefused("MH-STAFF-02", faults)
    with ledger.change("certificate.save") as change:
        paper_id = paper.id
        if paper_id is None:
            paper_id = change.add(paper)
        else:
            change.replace(paper)
    return paper_id, change.changes


def void_certificate(ledger: Ledger, paper_id: int, *, reason: str) -> Changes:
    """Take a certificate out."""
    with ledger.change("certificate.void", reason=reason) as change:
        change.void(Certificate, paper_id, reason)
    return change.changes


def expiring(lines: Iterable[StaffLine], *, today: date, within_days: int) -> list[tuple[StaffLine, Certificate]]:
    """Certificates of people in post that have run out or will soon, the earliest first.

    Of certificates by the same name only the one that holds longest counts: a renewed one is no reason to remind.
    """
    found = []
    for line in lines:
        longest: dict[str, Certificate] = {}
        for paper in line.certificates:
            known = longest.get(paper.name)
            if known is None or (known.valid_until or date.max) < (paper.valid_until or date.max):
                longest[paper.name] = paper
        found += [
            (line, paper)
            for paper in longest.values()
            if line.is_in_post and paper.valid_until and paper.valid_until <= today + timedelta(days=within_days)
        ]
    return sorted(found, key=lambda one: (one[1].valid_until or date.max, one[0].name))


def role_name(role: str) -> str:
    """A role in words."""
    return text(f"staff.role.{role}") if role else ""
