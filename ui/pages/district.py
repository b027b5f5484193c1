"""区县: in a district's ledger who sent what, the merge, conflicts, the week's table, keys; a township's small part."""

from __future__ import annotations

from collections.abc import Sequence

from mhdesk.text import text
from ui.pages.base import Desk, Page, Shot, keys_of
from ui.pages.district_part import DistrictPart
from ui.pages.district_township import TownshipPart


class DistrictPage(Page):
    """One page, two sides of the same way."""

    topics = frozenset(
        {"station", "sealed_package", "received_package", "conflict_decision", "submission", "unit", "setting"}
    )
    shots = (
        Shot("district"),
        Shot("district-report", prepare=lambda page: page.choose("report")),
        Shot("district-conflicts", prepare=lambda page: page.choose("conflicts")),
        Shot("district-keys", prepare=lambda page: page.choose("keys")),
    )

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.header.set_title(text("district_page.title"))
        is_district = desk.ledger.level == "district"
        self.part: DistrictPart | TownshipPart = DistrictPart(desk, self) if is_district else TownshipPart(desk, self)
        self.part.build(self.header)
        self.takes_keys = self.part.takes_keys
        self.body.addWidget(self.part, 1)

    def refresh(self) -> None:
        """Read everything."""
        self.part.refresh()

    def choose(self, tab: str) -> None:
        """Open one of the district's sheets."""
        if isinstance(self.part, DistrictPart):
            self.part.open_tab(tab)

    @property
    def can_export(self) -> bool:
        """Only the district has a table to write."""
        return isinstance(self.part, DistrictPart)

    def export(self) -> None:
        """The week's table."""
        if isinstance(self.part, DistrictPart):
            self.part.report.export()

    def help_lines(self) -> Sequence[tuple[str, str]]:
        """The keys of this page."""
        return keys_of("district_page.help")
