"""Commands between township and district: package, merge, district keys, setup, join, register, report …"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from mhdesk.cli.output import table
from mhdesk.cli.session import Session
from mhdesk.domain.errors import UserError
from mhdesk.domain.exchange import Outcome, Station
from mhdesk.services import access, templates
from mhdesk.services.district import conflicts, keys, merging, packing, report
from mhdesk.services.district.checks import Note
from mhdesk.services.rollups import summary_rows
from mhdesk.services.submissions import State
from mhdesk.text import text

_REFUSED = 4


def add_commands(commands: Any, day: Callable[[str], date]) -> None:
    """Register this group's commands."""
    package = commands.add_parser("package", help=text("cli.district.package"))
    package.add_argument("--on", type=day, metavar="DATE", help=text("cli.help.on"))
    package.add_argument("--level", choices=("D0", "D1", "D2"), default="D1", help=text("cli.district.level"))
    package.add_argument("--out", metavar="DIR", type=Path, required=True, help=text("cli.help.out"))
    package.add_argument("--reason", choices=(*packing.AGAIN, *packing.NAMING), help=text("cli.district.reason"))
    package.add_argument("--patient", metavar="ID", type=int, action="append", help=text("cli.district.patient"))
    package.add_argument("--second", metavar="LOGIN", help=text("cli.district.second"))
    package.add_argument(
        "--second-password-file", metavar="FILE", type=Path, help=text("cli.district.second_password_file")
    )
    package.add_argument("--confirm", action="store_true", help=text("cli.district.confirm"))
    package.set_defaults(run=run_package)

    merge = commands.add_parser("merge", help=text("cli.district.merge"))
    merge.add_argument("files", metavar="FILE", type=Path, nargs="+", help=text("cli.district.files"))
    merge.add_argument("--dry-run", action="store_true", help=text("cli.district.dry_run"))
    merge.add_argument("--receipts", metavar="DIR", type=Path, help=text("cli.district.receipts"))
    merge.add_argument("--restored", metavar="ORG", action="append", default=[], help=text("cli.district.restored"))
    merge.add_argument("--backup-key", metavar="FILE", type=Path, help=text("cli.district.backup_key"))
    merge.set_defaults(run=run_merge)

    district = commands.add_parser("district", help=text("cli.district.district"))
    actions = district.add_subparsers(dest="action", metavar="ACTION", title=text("cli.actions"), required=True)
    _add_keys(actions)
    _add_numbers(actions, day)


def _add_keys(actions: Any) -> None:
    made = actions.add_parser("keys", help=text("cli.district.keys"))
    made.add_argument("--make", metavar="FILE", type=Path, help=text("cli.district.make"))
    made.set_defaults(run=run_keys)
    setup = actions.add_parser("setup", help=text("cli.district.setup"))
    setup.add_argument("--out", metavar="FILE.mhs", type=Path, required=True)
    setup.set_defaults(run=run_setup)
    join = actions.add_parser("join", help=text("cli.district.join"))
    join.add_argument("file", metavar="FILE.mhs", type=Path)
    join.add_argument("--fingerprint", metavar="DIGITS", default="", help=text("cli.district.fingerprint"))
    join.add_argument("--org", metavar="CODE", help=text("cli.district.org"))
    join.set_defaults(run=run_join)
    registration = actions.add_parser("registration", help=text("cli.district.registration"))
    registration.add_argument("--out", metavar="FILE.mhg", type=Path, required=True)
    registration.set_defaults(run=run_registration)
    register = actions.add_parser("register", help=text("cli.district.register"))
    register.add_argument("file", metavar="FILE.mhg", type=Path)
    register.add_argument("--fingerprint", metavar="DIGITS", default="", help=text("cli.district.fingerprint"))
    register.set_defaults(run=run_register)
    revoke = actions.add_parser("revoke", help=text("cli.district.revoke"))
    revoke.add_argument("org", metavar="CODE")
    revoke.add_argument("--reason", metavar="WORDS", required=True)
    revoke.set_defaults(run=run_revoke)
    receipt = actions.add_parser("receipt", help=text("cli.district.receipt"))
    receipt.add_argument("file", metavar="FILE.mhr", type=Path)
    receipt.set_defaults(run=run_receipt)


def _add_numbers(actions: Any, day: Callable[[str], date]) -> None:
    status = actions.add_parser("status", help=text("cli.district.status"))
    status.add_argument("--weeks", metavar="N", type=int, default=report.WEEKS_SHOWN)
    status.set_defaults(run=run_status)
    listed = actions.add_parser("conflicts", help=text("cli.district.conflicts"))
    listed.set_defaults(run=run_conflicts)
    decide = actions.add_parser("decide", help=text("cli.district.decide"))
    decide.add_argument("key", metavar="KEY")
    decide.add_argument("--outcome", choices=[one.value for one in Outcome], required=True)
    decide.add_argument("--keeper", metavar="CODE", help=text("cli.district.keeper"))
    decide.add_argument("--note", metavar="WORDS")
    decide.set_defaults(run=run_decide)
    made = actions.add_parser("report", help=text("cli.district.report"))
    made.add_argument("--on", type=day, metavar="DATE", help=text("cli.help.on"))
    made.add_argument("--rules", metavar="ID", help=text("cli.help.rules"))
    made.add_argument("--out", metavar="DIR", type=Path, help=text("cli.help.out"))
    made.add_argument("--template", metavar="FILE|NAME", help=text("cli.help.template"))
    made.add_argument("--submit", action="store_true", help=text("cli.help.submit"))
    made.add_argument("--checked-by", metavar="NAME", help=text("cli.help.checked_by"))
    made.add_argument("--correction", metavar="NOTE", help=text("cli.help.correction"))
    made.set_defaults(run=run_report)
    people = actions.add_parser("people", help=text("cli.district.people"))
    people.add_argument("indicator", metavar="INDICATOR")
    people.add_argument("--on", type=day, metavar="DATE", help=text("cli.help.on"))
    people.add_argument("--unit", metavar="U", help=text("cli.help.unit"))
    people.add_argument("--side", choices=("numerator", "denominator", "gap"), default="numerator")
    people.set_defaults(run=run_people)
    reopen = actions.add_parser("reopen", help=text("cli.district.reopen"))
    reopen.add_argument("--on", type=day, metavar="DATE", required=True, help=text("cli.help.on"))
    reopen.add_argument("--reason", metavar="WORDS", required=True)
    reopen.set_defaults(run=run_reopen)


# ---------------------------------------------------------------- package and merge


def run_package(session: Session) -> int:
    """The sealed package of a week; with D2 the named people are shown first, and written with `--confirm` only."""
    options = session.options
    with session.ledger() as ledger:
        if options.level == "D2":
            return _run_named(session, ledger)
        packed = packing.package(
            ledger,
            on=options.on or session.today,
            level=options.level,
            reason=options.reason,
            folder=options.out,
            today=session.today,
        )
    return _answer_packed(session, packed)


def _run_named(session: Session, ledger: Any) -> int:
    options = session.options
    chosen = options.patient or []
    if not options.confirm:
        lines = packing.named_lines(ledger, chosen)
        rows = [(one.name, one.id_number, one.phone, one.address) for one in lines]
        document = {"patients": [one._asdict() for one in lines], "written": False}
        session.output.answer(document, [*table(rows), text("cli.district.not_written")])
        return 1
    secret = options.second_password_file
    password = access.read_secret(secret) if secret else access.ask_password(text("cli.district.ask_second"))
    packed = packing.package_named(
        ledger,
        patient_ids=chosen,
        reason=options.reason or "",
        second=options.second or "",
        second_password=password,
        folder=options.out,
        today=session.today,
    )
    return _answer_packed(session, packed)


def _answer_packed(session: Session, packed: packing.Packed) -> int:
    sealed = packed.package
    document = {
        "package_id": sealed.package_id,
        "file": str(packed.file),
        "counts": packed.counts,
        "seq": sealed.seq,
        "revision": sealed.revision,
        "level": sealed.level,
        "new": packed.is_new,
    }
    key = "packed" if packed.is_new else "packed_again"
    session.output.answer(document, [text(f"cli.district.{key}", label=packed.label, file=packed.file)])
    return 0


def run_merge(session: Session) -> int:
    """Take packages; 0 all fine, 1 something to look at, 4 nothing could be taken."""
    options = session.options
    with session.ledger() as ledger:
        if options.dry_run:
            merged = merging.preview(
                ledger,
                options.files,
                today=session.today,
                confirmed=options.restored,
                backup_key=options.backup_key,
                task=session.task,
            )
        else:
            merged = merging.merge(
                ledger,
                options.files,
                today=session.today,
                confirmed=options.restored,
                backup_key=options.backup_key,
                receipts=options.receipts,
                task=session.task,
            )
        accepted = merged.of(merging.ACCEPTED)
        week = report.build(ledger, on=session.today, today=session.today)
        names = conflicts.org_names(ledger)
    refused, repeated = merged.of(merging.REFUSED), merged.of(merging.REPEATED)
    still = [one for one in merged.conflicts if one.is_open]
    document = {
        "accepted": [_verdict(one) for one in accepted],
        "repeated": [_verdict(one) for one in repeated],
        "refused": [{**_verdict(one), "code": one.code, "message": one.sentence} for one in refused],
        "duplicates": [_conflict(one) for one in still],
        "equation": report.to_json(week)["balance"],
        "state": merged.state_hash,
        "dry_run": options.dry_run,
    }
    rows = [
        (
            text(f"district.verdict.{one.state}"),
            one.name or "",
            one.start,
            one.file.name,
            "；".join([one.sentence, *one.note_sentences] if one.code else one.note_sentences),
        )
        for one in merged.verdicts
    ]
    lines = [*table(rows), *(_conflict_line(one, names) for one in still)]
    session.output.answer(document, lines or [text("cli.district.no_files")])
    if refused and not accepted and not repeated:
        return _REFUSED
    return 1 if refused or still or any(one.notes for one in accepted) else 0


def _verdict(one: merging.Verdict) -> dict[str, Any]:
    return {
        "file": str(one.file),
        "org": one.org_code,
        "unit": one.name,
        "start": one.start,
        "level": one.level,
        "revision": one.revision,
        "package_id": one.package_id,
        "counts": dict(one.counts),
        "notes": [{"code": note.code, **note.params} for note in one.notes],
        "receipt": str(one.receipt_file) if one.receipt_file else None,
    }


def _conflict(one: conflicts.Item) -> dict[str, Any]:
    return {
        "key": one.key,
        "kind": one.kind,
        "orgs": list(one.orgs),
        "open": one.is_open,
        "outcome": one.decision.outcome if one.decision else None,
    }


def _conflict_line(one: conflicts.Item, names: dict[str, str]) -> str:
    said = "、".join(names.get(org, org) for org in one.orgs)
    return f"  {one.key[:8]}  {text(f'district.conflict.{one.kind}')}：{said}"


# ---------------------------------------------------------------- keys


def run_keys(session: Session) -> int:
    """The district's or the township's keys; `--make` new ones, the backup key into a file for the safe."""
    with session.ledger() as ledger:
        if session.options.make:
            keys.make(ledger, session.options.make)
        if ledger.level == "district":
            mine = keys.need_own(ledger)
            stations = [_station(one) for one in ledger.find(Station)]
            document: dict[str, Any] = {
                "fingerprint": mine.fingerprint,
                "made_on": mine.made_on,
                "backup_file": str(session.options.make) if session.options.make else None,
                "stations": stations,
            }
            rows = [(one["org"], one["fingerprint"], one["revoked_on"] or "") for one in stations]
            lines = [text("cli.district.own", fingerprint=mine.fingerprint, day=mine.made_on), *table(rows)]
        else:
            joined = keys.need_joined(ledger)
            document = {"fingerprint": joined.fingerprint, "org": joined.org_code, "district": joined.name}
            lines = [text("cli.district.joined", district=joined.name, fingerprint=joined.fingerprint)]
    session.output.answer(document, lines)
    return 0


def _station(one: Station) -> dict[str, Any]:
    return {
        "org": one.org_code,
        "fingerprint": one.fingerprint,
        "revoked_on": one.revoked_on.isoformat() if one.revoked_on else None,
    }


def run_setup(session: Session) -> int:
    """The setup file for all townships."""
    with session.ledger() as ledger:
        file = keys.write_setup(ledger, session.options.out)
        fingerprint = keys.need_own(ledger).fingerprint
    session.output.answer(
        {"file": str(file), "fingerprint": fingerprint},
        [text("cli.district.setup_written", file=file, fingerprint=fingerprint)],
    )
    return 0


def run_join(session: Session) -> int:
    """Trust a setup file; without a fingerprint it only says what to compare."""
    options = session.options
    with session.ledger() as ledger:
        view = keys.look_setup(ledger, options.file)
        if not options.fingerprint and not view.is_known:
            document = {"district": view.name, "fingerprint": view.fingerprint, "joined": False}
            lines = [text("cli.district.compare", name=view.name, fingerprint=view.fingerprint)]
            session.output.answer(document, lines)
            return 1
        joined = keys.join(ledger, options.file, fingerprint=options.fingerprint, org_code=options.org)
    document = {
        "district": joined.name,
        "org": joined.org_code,
        "fingerprint": joined.fingerprint,
        "joined": True,
    }
    session.output.answer(document, [text("cli.district.joined", district=joined.name, fingerprint=joined.fingerprint)])
    return 0


def run_registration(session: Session) -> int:
    """The township's public key for the district."""
    with session.ledger() as ledger:
        file = keys.write_registration(ledger, session.options.out)
        fingerprint = keys.need_joined(ledger).fingerprint
    session.output.answer(
        {"file": str(file), "fingerprint": fingerprint},
        [text("cli.district.registration_written", file=file, fingerprint=fingerprint)],
    )
    return 0


def run_register(session: Session) -> int:
    """Register a township; without a fingerprint it only says what to compare."""
    options = session.options
    with session.ledger() as ledger:
        view = keys.look_registration(ledger, options.file)
        document = {"org": view.org_code, "name": view.name, "fingerprint": view.fingerprint, "registered": False}
        if not options.fingerprint:
            lines = [text("cli.district.compare", name=view.name, fingerprint=view.fingerprint)]
            session.output.answer(document, lines)
            return 1
        keys.register(ledger, options.file, fingerprint=options.fingerprint)
    session.output.answer(document | {"registered": True}, [text("cli.district.registered", name=view.name)])
    return 0


def run_revoke(session: Session) -> int:
    """Take no more packages from a township's key."""
    with session.ledger() as ledger:
        keys.revoke(ledger, session.options.org, reason=session.options.reason)
    session.output.answer({"org": session.options.org}, [text("cli.district.revoked", org=session.options.org)])
    return 0


def run_receipt(session: Session) -> int:
    """Take the district's answer; 1 where it refused the package or found conflicts."""
    with session.ledger() as ledger:
        view, _ = packing.take_receipt(ledger, session.options.file)
        shown = [
            (
                text(f"district.conflict.{kind}"),
                "、".join(orgs),
                packing.label_of(ledger, who) if who is not None else "",
            )
            for kind, orgs, who in view.conflicts
        ]
    notes = [Note(one["code"], one["params"]) for one in view.notes]
    document = {
        "package_id": view.package.package_id,
        "accepted": view.is_accepted,
        "notes": [{"code": one.code, **one.params} for one in notes],
        "conflicts": [{"kind": kind, "orgs": list(orgs), "patient": who} for kind, orgs, who in view.conflicts],
    }
    key = "receipt_accepted" if view.is_accepted else "receipt_refused"
    lines = [text(f"cli.district.{key}", file=view.package.file_name)]
    lines += [f"  {merging.note_sentence(one)}" for one in notes]
    session.output.answer(document, [*lines, *table(shown)])
    return 0 if view.is_accepted and not view.conflicts else 1


# ---------------------------------------------------------------- the district's numbers


def run_status(session: Session) -> int:
    """Institutions by weeks."""
    with session.ledger() as ledger:
        found = report.matrix(ledger, today=session.today, weeks=session.options.weeks)
    names = [one.name for one in found.lines[0]] if found.lines else []
    document = {
        "weeks": [
            {
                "label": period.label,
                "start": period.start.isoformat(),
                "closed": closed,
                "units": [{"unit": one.name, "org": one.org_code, "state": one.state.value} for one in lines],
            }
            for period, lines, closed in zip(found.periods, found.lines, found.closed, strict=True)
        ]
    }
    rows = [("", *(f"{one.start:%m-%d}" for one in found.periods))]
    rows += [(name, *(report.state_words(lines[at]) for lines in found.lines)) for at, name in enumerate(names)]
    session.output.answer(document, table(rows))
    return 1 if any(one.state is State.MISSING for lines in found.lines for one in lines) else 0


def run_conflicts(session: Session) -> int:
    """The queue."""
    with session.ledger() as ledger:
        found, names = conflicts.listed(ledger), conflicts.org_names(ledger)
    document = {"conflicts": [_conflict(one) for one in found]}
    lines = [_conflict_line(one, names) for one in found]
    session.output.answer(document, lines or [text("cli.district.no_conflicts")])
    return 1 if any(one.is_open for one in found) else 0


def run_decide(session: Session) -> int:
    """Note what was decided about a conflict."""
    options = session.options
    with session.ledger() as ledger:
        conflicts.decide(ledger, options.key, outcome=options.outcome, keeper=options.keeper, note=options.note)
    session.output.answer(
        {"key": options.key, "outcome": options.outcome},
        [text("cli.district.decided", outcome=text(f"district.outcome.{options.outcome}"))],
    )
    return 0


def run_report(session: Session) -> int:
    """The district's week from the packages; 1 where institutions are missing or something is odd."""
    options = session.options
    with session.ledger() as ledger:
        week = report.build(ledger, on=options.on or session.today, rules=options.rules, today=session.today)
        files: list[Path] = []
        problems: list[str] = []
        if options.submit:
            sent = report.freeze(
                ledger, week, checked_by=options.checked_by, correction_note=options.correction, task=session.task
            )
            files = list(sent.files)
        if options.out:
            files = report.write(ledger, week, options.out, task=session.task)
        if options.template:
            folder = options.out or Path.cwd()
            written = templates.write(
                ledger, week.rollup, options.template, folder, today=session.today, task=session.task
            )
            files, problems = [*files, written.file], templates.problem_lines(written.filled)
    document = {**report.to_json(week), "files": [str(file) for file in files], "problems": problems}
    lines = [text("cli.report_title", label=week.period.label, rules=week.rollup.rules.name)]
    lines += table(summary_rows(week.rollup))
    lines += [report.missing_words(week)] if report.missing_words(week) else []
    lines += [f"  {one.name}：{said}" for one in week.lines for said in report.notes_of(one)]
    session.output.answer(document, [*lines, *(f"  {file}" for file in files), *problems])
    return 1 if len(report.sent_of(week)) < len(week.lines) or any(one.notes for one in week.lines) else 0


def run_people(session: Session) -> int:
    """The rows behind a number; 1 where a township sent totals only."""
    options = session.options
    with session.ledger() as ledger:
        week = report.build(ledger, on=options.on or session.today, today=session.today)
        unit_id = None
        if options.unit:
            unit_id = next((one.unit_id for one in week.lines if options.unit in (one.name, one.org_code)), None)
            if unit_id is None:
                raise UserError("MH-REPORT-03", unit=options.unit)
        found = report.people(ledger, week, options.indicator, unit_id=unit_id, side=options.side)
    if found is None:
        session.output.answer({"people": None, "count": None}, [text("cli.district.totals_only")])
        return 1
    document = {"people": [one._asdict() for one in found], "count": len(found)}
    session.output.answer(document, [text("cli.names_count", count=len(found)), *table([tuple(one) for one in found])])
    return 0


def run_reopen(session: Session) -> int:
    """Let corrections of a frozen week in again."""
    with session.ledger() as ledger:
        period = report.period_holding(ledger, session.options.on, today=session.today)
        report.reopen(ledger, period.start, reason=session.options.reason)
    session.output.answer({"start": period.start.isoformat()}, [text("cli.district.reopened", label=period.label)])
    return 0
