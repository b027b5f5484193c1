"""A ledger is refused where it would come to harm: on the network, on a stick, in a synced folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from mhdesk import paths
from mhdesk.domain.errors import LedgerError
from mhdesk.services import access


@pytest.mark.parametrize(
    ("kind", "code"),
    [(paths.DriveKind.NETWORK, "MH-PLACE-01"), (paths.DriveKind.REMOVABLE, "MH-PLACE-02")],
)
def test_the_wrong_drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: paths.DriveKind, code: str) -> None:
    monkeypatch.setattr(paths, "drive_kind", lambda _folder: kind)
    folder = tmp_path / "ledger"
    with pytest.raises(LedgerError, match=code):
        access.create_ledger(
            folder, unit_name="甲院", level="township", login="a", user_name="a", password="Longhua-2026-lamp"
        )
    with pytest.raises(LedgerError, match=code):
        access.open_ledger(folder, login="a", password="x")
    assert not folder.exists()


def test_a_synced_folder(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="MH-PLACE-03"):
        access.open_ledger(tmp_path / "OneDrive - 卫生院" / "ledger", login="a", password="x")
