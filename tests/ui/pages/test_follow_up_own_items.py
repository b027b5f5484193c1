"""Own items of the district on the follow-up sheet: typed, stored, copied, corrected, and gone when stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mhdesk.domain.account import CustomField
from mhdesk.domain.follow_up import FollowUp
from mhdesk.services import custom_fields
from tests.ui.forms.keys import Keyboard
from tests.ui.pages.conftest import Shown
from ui.forms import sheet
from ui.pages.follow_up import VisitPage

if TYPE_CHECKING:
    from db.ledger import Ledger


def test_own_items_are_on_the_sheet(shown: Shown, place: Ledger, ids: dict[str, int]) -> None:
    codes = {"1": "有", "2": "无"}
    field_id, _ = custom_fields.save(
        place, CustomField(form="follow_up", key="", label="残疾补贴", kind="code", codes=codes)
    )
    page = shown.page(VisitPage, patient_id=ids["冉秀兰"])
    page.activateWindow()
    view = page.pane.view
    assert view is not None
    assert not view.cards["custom"].is_folded
    keyboard = Keyboard()
    keyboard.press("space")
    keyboard.type("2")
    view.enter_item("custom:c1")
    keyboard.type("9")
    assert "没有“9”这一项" in view.row_of("custom:c1").sentence
    keyboard.type("1")
    keyboard.press("ctrl+s", "ctrl+s")
    shown.settle()
    stored = max(place.find(FollowUp, patient_id=ids["冉秀兰"]), key=lambda one: one.id or 0)
    assert stored.custom == {"c1": "1"}
    spec = custom_fields.form_for(place, "follow_up", "2018")
    assert sheet.same_as_last(spec, stored, {})["custom:c1"] == "1"
    again = shown.page(VisitPage, patient_id=ids["冉秀兰"], follow_up_id=stored.id, field="custom:c1")
    assert again.pane.view is not None
    assert again.pane.view.here is not None
    assert again.pane.view.here.item.key == "custom:c1"
    assert again.pane.texts()["custom:c1"] == "1"
    custom_fields.void(place, field_id)
    shown.go(again, patient_id=ids["冉秀兰"], follow_up_id=stored.id)
    assert "custom" not in again.pane.view.cards
    keyboard.press("ctrl+s", "ctrl+s")
    shown.settle()
    assert place.get(FollowUp, stored.id or 0).custom == {"c1": "1"}  # what is stored stays
