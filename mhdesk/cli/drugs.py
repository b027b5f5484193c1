"""The command ``drugs``: the drug dictionary of a ledger: see it, hand a district's own entries on, take them over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from mhdesk.cli.session import Session
from mhdesk.domain.errors import UserError
from mhdesk.services import drug_list
from mhdesk.text import text


def add_commands(commands: Any, day: Callable[[str], date]) -> None:  # noqa: ARG001 - all groups are called alike
    """Register this group's commands."""
    listing = commands.add_parser("drugs", help=text("drugs.list.help"))
    listing.add_argument("--find", metavar="WORD", help=text("drugs.list.find"))
    action = listing.add_mutually_exclusive_group()
    action.add_argument("--take", metavar="FILE.toml", type=Path, help=text("drugs.list.take"))
    action.add_argument("--give", metavar="FILE.toml", type=Path, help=text("drugs.list.give"))
    action.add_argument("--leave-out", metavar="NAME", help=text("drugs.list.leave_out"))
    action.add_argument("--put-back", metavar="NAME", help=text("drugs.list.put_back"))
    listing.set_defaults(run=run_drugs)


def run_drugs(session: Session) -> int:
    """Change the dictionary if asked to, then list it."""
    options = session.options
    lines = []
    with session.ledger() as ledger:
        if options.take:
            drug_list.take_file(ledger, options.take)
        elif options.give:
            drug_list.give_file(ledger, options.give)
            lines.append(text("drugs.list.given", file=options.give))
        elif options.leave_out:
            drug_list.leave_out(ledger, _key(drug_list.book(ledger).drugs, options.leave_out))
        elif options.put_back:
            drug_list.put_back(ledger, _key(drug_list.ours(), options.put_back))
        book = drug_list.book(ledger)
    own = sum(drug.origin != drug_list.OURS for drug in book.drugs)
    if options.take:
        lines.append(text("drugs.list.taken", own=own))
    shown = [offer.drug for offer in drug_list.offers(book, options.find)] if options.find else book.drugs
    lines += [_line(drug) for drug in shown]
    lines.append(text("drugs.list.count", count=len(book.drugs), own=own))
    session.output.answer({"drugs": [_document(drug) for drug in shown], "own": own}, lines)
    return 0


def _key(known: tuple[drug_list.Drug, ...], name: str) -> str:
    found = next((drug.key for drug in known if name in (drug.generic, *drug.synonyms)), None)
    if found is None:
        raise UserError("MH-DRUGS-02")
    return found


def _line(drug: drug_list.Drug) -> str:
    return text(
        "drugs.list.line",
        generic=drug.generic,
        kind=text(f"drugs.class.{drug.drug_class}"),
        range=drug_list.range_words(drug),
        mark=text(f"settings.marks.{drug.mark}"),
        origin=drug_list.origin_words(drug),
    )


def _document(drug: drug_list.Drug) -> dict[str, object]:
    return {
        "generic": drug.generic, "key": drug.key, "class": drug.drug_class, "forms": drug.forms,
        "strengths": drug.strengths, "unit": drug.unit, "low": drug.dose_min, "high": drug.dose_max, "per": drug.per,
        "long_acting": drug.long_acting, "interval_weeks": drug.interval_weeks, "mark": drug.mark,
        "source": drug.source, "origin": drug.origin,
    }  # fmt: skip
