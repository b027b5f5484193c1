"""A district's own copy of a rule set: only what differs is kept; every report names it; it can be given back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from mhdesk.domain.account import DataOverride
from mhdesk.domain.errors import UsageError, UserError
from mhdesk.rules import ruleset
from mhdesk.services import rollups, rulesets
from mhdesk.services.rulesets import Edit
from tests.rules.second_opinion import Life
from tests.services.test_rollups import add, person, visit

if TYPE_CHECKING:
    from db.ledger import Ledger

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize("rules_id", ["SC2017", "ZY2017"])
def test_a_copy_changes_the_numbers_and_says_whose_it_is(ledger: Ledger, rules_id: str) -> None:
    (life,) = add(
        ledger, Life(person(), tuple(visit(date(2026, month, 10), visit_form="3") for month in (1, 4, 7, 10)))
    )
    before = rollups.build(ledger, on=TODAY, rules=rules_id, today=TODAY)
    assert list(before.total["standard_management_rate"].numerator_ids) == [life.patient.id]
    rulesets.edit(ledger, rules_id, [Edit("phone_counts", False, "verified", "区精卫中心2026年通知")])
    made = rollups.build(ledger, on=TODAY, rules=rules_id, today=TODAY)
    assert made.total["standard_management_rate"].numerator == 0
    shipped = ruleset.shipped()[rules_id]
    assert made.rules.origin == ledger.user_name
    assert made.rules.version == f"{shipped.version}+本地1"
    assert made.rules.parameters["phone_counts"].source == "区精卫中心2026年通知"
    assert made.rules.parameters["interval"] == shipped.parameters["interval"]
    assert made.rules.targets == shipped.targets
    rulesets.edit(ledger, rules_id, [Edit("grace_days", 5, "assumption", "试行")])
    again = rulesets.choice(ledger)
    mine = next(one for one in again.available if one.id == rules_id)
    assert (mine.version, mine.terms.grace_days, mine.terms.phone_counts) == (f"{shipped.version}+本地2", 5, False)
    assert len(ledger.find(DataOverride)) == 1
    rulesets.give_back(ledger, rules_id)
    assert rollups.build(ledger, on=TODAY, rules=rules_id, today=TODAY).rules == shipped


def test_what_cannot_be_is_not_stored(ledger: Ledger) -> None:
    for edit in (
        Edit("grace_days", -1, "verified", "通知"),
        Edit("grace_days", 2.5, "verified", "通知"),  # type: ignore[arg-type]
        Edit("register", "R9", "verified", "通知"),
        Edit("register", "R2", "sure", "通知"),
        Edit("nothing", 1, "verified", "通知"),
        Edit("register", "R2", "verified", ""),
    ):
        with pytest.raises(UserError) as refused:
            rulesets.edit(ledger, "SC2017", [edit])
        assert refused.value.code == "MH-RULE-01"
    assert ledger.find(DataOverride) == []
    with pytest.raises(UsageError) as unknown:
        rulesets.edit(ledger, "CQ1999", [Edit("grace_days", 1, "verified", "通知")])
    assert unknown.value.code == "MH-RULE-02"
    with pytest.raises(UsageError) as none:
        rulesets.give_back(ledger, "SC2017")
    assert none.value.code == "MH-RULE-03"


def test_every_parameter_can_be_edited_to_each_of_its_values(ledger: Ledger) -> None:
    for key, parameter in ruleset.load(None).parameters.items():
        for option in ruleset.choices_of(key):
            assert option.words
            rulesets.edit(ledger, "SC2017", [Edit(key, option.value, "assumption", "试")])
            assert getattr(rulesets.choice(ledger).default.terms, key) == option.value
        assert parameter.label
