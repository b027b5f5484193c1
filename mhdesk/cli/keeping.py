"""Commands that keep the ledger: create, backup, restore, drill, verify, user, audit, selfcheck."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from mhdesk.cli.output import table, yes_no
from mhdesk.cli.session import Session
from mhdesk.domain.finding import Finding
from mhdesk.services import access, audit_log, backup, selfcheck
from mhdesk.text import text


def add_commands(commands: Any, day: Callable[[str], date]) -> None:  # noqa: ARG001 - all groups are called alike
    """Register this group's commands."""
    create = commands.add_parser("create", help=text("cli.help.create"))
    create.add_argument("--unit", required=True, metavar="NAME", help=text("cli.help.unit_name"))
    create.add_argument("--level", choices=("township", "district"), default="township", help=text("cli.help.level"))
    create.add_argument("--units", metavar="CSV", type=Path, help=text("cli.help.units"))
    create.add_argument("--recovery-file", metavar="FILE", type=Path, help=text("cli.help.recovery_file"))
    create.set_defaults(run=run_create)

    saving = commands.add_parser("backup", help=text("cli.help.backup"))
    saving.add_argument("dest", nargs="?", metavar="DEST", type=Path, help=text("cli.help.backup_dest"))
    saving.set_defaults(run=run_backup)
    restore = commands.add_parser("restore", help=text("cli.help.restore"))
    restore.add_argument("file", metavar="FILE", type=Path)
    restore.add_argument("--recovery-file", metavar="FILE", type=Path, help=text("cli.help.code_file"))
    restore.add_argument("--new-password-file", metavar="FILE", type=Path, help=text("cli.help.new_password_file"))
    restore.set_defaults(run=run_restore)
    commands.add_parser("drill", help=text("cli.help.drill")).set_defaults(run=run_drill)
    commands.add_parser("verify", help=text("cli.help.verify")).set_defaults(run=run_verify)
    commands.add_parser("selfcheck", help=text("cli.help.selfcheck")).set_defaults(run=run_selfcheck)

    user = commands.add_parser("user", help=text("cli.help.user_command"))
    actions = user.add_subparsers(dest="action", required=True, metavar="ACTION", title=text("cli.actions"))
    adding = actions.add_parser("add", help=text("cli.help.user_add"))
    adding.add_argument("login", metavar="LOGIN")
    adding.add_argument("--name", required=True, help=text("cli.help.user_name"))
    adding.add_argument("--role", choices=access.ROLES, default="doctor", help=text("cli.help.role"))
    adding.add_argument("--new-password-file", metavar="FILE", type=Path, help=text("cli.help.new_password_file"))
    adding.set_defaults(run=run_user_add)
    actions.add_parser("list", help=text("cli.help.user_list")).set_defaults(run=run_user_list)
    changing = actions.add_parser("password", help=text("cli.help.user_password"))
    changing.add_argument("login", nargs="?", metavar="LOGIN")
    changing.add_argument("--new-password-file", metavar="FILE", type=Path, help=text("cli.help.new_password_file"))
    changing.set_defaults(run=run_user_password)
    disabling = actions.add_parser("disable", help=text("cli.help.user_disable"))
    disabling.add_argument("login", metavar="LOGIN")
    disabling.add_argument("--reason", default=text("cli.disable_reason"), help=text("cli.help.reason"))
    disabling.set_defaults(run=run_user_disable)

    chain = commands.add_parser("audit", help=text("cli.help.audit_command"))
    parts = chain.add_subparsers(dest="action", required=True, metavar="ACTION", title=text("cli.actions"))
    parts.add_parser("verify", help=text("cli.help.audit_verify")).set_defaults(run=run_audit_verify)
    exporting = parts.add_parser("export", help=text("cli.help.audit_export"))
    exporting.add_argument("--out", required=True, metavar="FILE.xlsx", type=Path, help=text("cli.help.audit_out"))
    exporting.set_defaults(run=run_audit_export)


def run_create(session: Session) -> int:
    """A new encrypted ledger with its first administrator; the recovery code is shown once or written to a file."""
    options: argparse.Namespace = session.options
    login = session.options.user or os.environ.get("MHDESK_USER") or "admin"
    password = session.password(is_new=True)
    # The file first: a code that cannot be written must not leave a ledger behind that nobody can recover.
    with access.secret_file(options.recovery_file) as write_code:
        ledger, recovery_code = access.create_ledger(
            session.folder,
            unit_name=options.unit,
            level=options.level,
            login=login,
            user_name=login,
            password=password,
            units_csv=options.units,
        )
        with ledger:
            document = {"ledger": str(ledger.folder), "vault_id": ledger.vault_id, "unit": options.unit.strip()}
        is_written = write_code(recovery_code)
    lines = [text("cli.created", folder=session.folder, unit=options.unit)]
    if is_written:
        document["recovery_file"] = str(options.recovery_file)
        lines.append(text("cli.recovery_written", file=options.recovery_file))
    else:
        document["recovery_code"] = recovery_code
        lines += [text("cli.recovery_shown"), recovery_code]
    session.output.answer(document, lines)
    return 0


def run_backup(session: Session) -> int:
    """A verified backup; with DEST a copy for a stick, which carries no password slots."""
    with session.ledger() as ledger:
        made = backup.make(ledger, session.options.dest, task=session.task)
    document = {"file": str(made.file), "checks": [{"name": check.name, "ok": check.ok} for check in made.checks]}
    session.output.answer(document, [text("cli.backup_made", file=made.file)])
    return 0


def run_restore(session: Session) -> int:
    """Put a backup in the ledger's place and check it; what was there is kept in quarantine."""
    options, login = session.options, session.login()
    if options.recovery_file:
        code, new = access.read_secret(options.recovery_file), _new_password(session)
        done = backup.restore(session.folder, options.file, login=login, code=code, new_password=new, task=session.task)
    else:
        done = backup.restore(session.folder, options.file, login=login, password=session.password(), task=session.task)
    document = {"ledger": str(session.folder), "quarantine": str(done.quarantine) if done.quarantine else None}
    place = done.quarantine or text("cli.nothing_replaced")
    lines = [text("cli.restored", file=session.options.file, quarantine=place)]
    return _answer_checks(session, done.checks, document, lines)


def run_drill(session: Session) -> int:
    """Restore the newest backup into a private folder, check it, remove it."""
    with session.ledger() as ledger:
        checks = backup.drill(ledger, task=session.task)
    return _answer_checks(session, checks)


def run_verify(session: Session) -> int:
    """Integrity of file, relations, audit chain and backups."""
    with session.ledger() as ledger:
        checks = backup.verify(ledger, task=session.task)
    return _answer_checks(session, checks)


def run_selfcheck(session: Session) -> int:
    """Whether the program itself is whole: libraries, fonts, forms, rules, encryption."""
    return _answer_checks(session, selfcheck.run())


def _answer_checks(
    session: Session, checks: Sequence[Finding], more: Mapping[str, Any] | None = None, lines: Sequence[str] = ()
) -> int:
    found = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
    rows = [(yes_no(check.ok), check.name, check.detail) for check in checks]
    session.output.answer({**(more or {}), "checks": found}, [*lines, *table(rows)])
    return 0 if all(check.ok for check in checks) else 1


def _new_password(session: Session) -> str:
    file = session.options.new_password_file
    return access.read_secret(file) if file else access.ask_new_password()


def run_audit_verify(session: Session) -> int:
    """Whether every row of the audit chain fits the one before, up to the head known from outside."""
    with session.ledger() as ledger:
        checks = audit_log.verify(ledger)
    return _answer_checks(session, checks)


def run_audit_export(session: Session) -> int:
    """The audit chain as a workbook, without names."""
    file = session.options.out
    with session.ledger() as ledger:
        made = audit_log.export(ledger, file, task=session.task)
    document = {"file": str(file), "rows": made.rows, "head": made.head}
    session.output.answer(document, [text("audit.written", rows=made.rows, file=file)])
    return 0


def run_user_add(session: Session) -> int:
    """A new user with a password slot of their own."""
    options = session.options
    with session.ledger() as ledger:
        access.add_user(
            ledger, login=options.login, name=options.name, role=options.role, password=_new_password(session)
        )
    session.output.answer({"login": options.login}, [text("cli.user_added", login=options.login)])
    return 0


def run_user_list(session: Session) -> int:
    """Who may open this ledger."""
    with session.ledger() as ledger:
        users = access.list_users(ledger)
    document = {
        "users": [
            {"login": user.login, "name": user.name, "role": user.role, "disabled": user.disabled_at is not None}
            for user in users
        ]
    }
    rows = [
        (user.login, user.name, text(f"roles.{user.role}"), text("cli.disabled") if user.disabled_at else "")
        for user in users
    ]
    session.output.answer(document, table(rows))
    return 0


def run_user_password(session: Session) -> int:
    """A new password, for oneself or (administrators) for somebody else."""
    old = session.password()
    with session.ledger(password=old) as ledger:
        login, new = session.options.login or ledger.login, _new_password(session)
        if login == ledger.login:
            access.change_password(ledger, old=old, new=new)
        else:
            access.reset_password(ledger, login=login, new=new)
    session.output.answer({"login": login}, [text("cli.password_changed", login=login)])
    return 0


def run_user_disable(session: Session) -> int:
    """Take a user's password slot away; their records and name stay."""
    with session.ledger() as ledger:
        access.disable_user(ledger, login=session.options.login, reason=session.options.reason)
    session.output.answer({"login": session.options.login}, [text("cli.user_disabled", login=session.options.login)])
    return 0
