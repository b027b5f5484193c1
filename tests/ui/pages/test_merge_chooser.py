"""The merge page that asks for its two files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mhdesk.domain.patient import Patient
from tests.ui.pages.conftest import Shown
from ui.pages.person_merge import MergePage

if TYPE_CHECKING:
    from db.ledger import Ledger


def test_the_merge_page_asks_for_two_files(shown: Shown, ids: dict[str, int], place: Ledger) -> None:
    page = shown.page(MergePage)
    assert page.chooser.isVisible()
    assert page.header.primary is not None
    assert not page.header.primary.isVisible()
    first, second = sorted(ids.values())[:2]
    page.chooser.take(0, first)
    shown.settle()
    assert place.get(Patient, first).name in page.chooser.names[0].whole_text()
    page.chooser.take(1, first)
    assert page.chooser.notice.words()
    told: list[tuple[int, int]] = []
    page.chooser.chosen.connect(lambda left, right: told.append((left, right)))
    page.chooser.take(1, second)
    assert told == [(first, second)]
    shown.go(page, left=first, right=second)
    assert not page.chooser.isVisible()
    assert page.comparison is not None
    shown.go(page, left=second)
    assert page.chooser.isVisible()
    assert page.comparison is None
