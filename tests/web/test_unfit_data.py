"""Settings, Space: data that does not fit its schema is accepted and marked, or refused."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.databases("sqlite")

PAGE = "/settings/space"
SAVE = f"{PAGE}/unfit-data"


def chosen(owner) -> list[str]:
    """What the page shows as chosen."""
    return re.findall(r'name="unfit_data"[^>]* value="(\w+)" checked', owner.get(PAGE).text)


def test_it_is_marked_until_somebody_chooses_otherwise_and_may_be_chosen_back(owner):
    assert chosen(owner) == ["mark"]
    for choice in ("refuse", "refuse", "mark"):
        answer = owner.post(SAVE, {"unfit_data": choice})
        assert (answer.status_code, answer.location) == (303, PAGE)
        assert chosen(owner) == [choice]


def test_the_history_says_who_chose(owner):
    owner.post(SAVE, {"unfit_data": "refuse"})
    assert "Refuse data that does not fit its schema" in owner.get("/settings/audit").text


@pytest.mark.parametrize("typed", [{}, {"unfit_data": ""}, {"unfit_data": "drop"}])
def test_something_else_changes_nothing(owner, typed):
    owner.post(SAVE, {"unfit_data": "refuse"})
    answer = owner.post(SAVE, typed)
    assert answer.status_code == 422
    assert "Choose one of the two." in answer.text
    assert chosen(owner) == ["refuse"]


def test_the_other_settings_of_the_space_leave_it_as_it_is(owner):
    owner.post(SAVE, {"unfit_data": "refuse"})
    assert owner.post(PAGE, {"name": "Acme Ltd"}).status_code == 303
    assert chosen(owner) == ["refuse"]
