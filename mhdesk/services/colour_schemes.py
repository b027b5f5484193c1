"""Which colour scheme (分色分级方案) is in force, and what it said in an earlier version: no version is ever lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.queries import Connection, rollup
from mhdesk.domain.account import DataOverride
from mhdesk.rules import colours as rules
from mhdesk.rules.colours import Scheme

if TYPE_CHECKING:
    from db.ledger import Ledger

SETTING = "colours.scheme"
DEFAULT = "EXAMPLE4"


def of(connection: Connection) -> Scheme:
    """The scheme in force; the district's own copy instead of ours."""
    found = rules.available(rollup.overrides(connection))
    return found.get(rollup.setting(connection, SETTING, DEFAULT)) or found[DEFAULT]


def made_with(ledger: Ledger, scheme_id: str, version: str) -> Scheme | None:
    """The scheme as it stood in a version: ours, the district's copy, or one before it. None where nobody has it."""
    path = path_of(scheme_id)
    contents = []
    for one in ledger.find(DataOverride, include_voided=True, path=path):
        contents.append((one.content, one.origin))
        past = ledger.history_of(DataOverride, one.id or 0)
        contents += [(str(row.before["content"]), str(row.before["origin"])) for row in past]
    found = (rules.parse(content, path=path, origin=origin) for content, origin in contents)
    ours = [one for one in (rules.shipped().get(scheme_id),) if one is not None]
    return next((one for one in (*ours, *found) if (one.id, one.version) == (scheme_id, version)), None)


def path_of(scheme_id: str) -> str:
    """The file of a scheme."""
    return f"colours/{scheme_id.lower()}.toml"
