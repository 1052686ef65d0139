"""Addresses that carry the space: what they name is where one is, whatever the last log-in says."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.services import people
from tests.web.people import PASSWORD, Someone, somebody

pytestmark = pytest.mark.databases("sqlite")
LOADS_A_PAGE = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture
def in_both(app: Flask, owner: Someone, space_id: str, other_space_id: str) -> Someone:
    """The owner of one space, who is also in another."""
    with app.test_request_context():
        people.create_person(owner.email, PASSWORD, other_space_id, "support")
    return owner


def test_the_address_says_where_one_is(in_both: Someone, space_id: str, other_space_id: str) -> None:
    here = in_both.get(f"/s/{space_id}/webhooks").text
    there = in_both.get(f"/s/{other_space_id}/webhooks").text
    assert '<span class="space-name">Acme</span>' in here
    assert '<span class="space-name">Borealis</span>' in there
    assert "Create webhook" in here and "Create webhook" not in there  # the role is that of the space, too
    assert in_both.get("/webhooks").text.count('class="space-name">Acme') == 1


def test_every_address_on_a_page_carries_it(in_both: Someone, other_space_id: str) -> None:
    page = in_both.get(f"/s/{other_space_id}/webhooks").text
    addresses = re.findall(r'(?:href|action|hx-get|hx-post)="(/[^"]*)"', page)
    assert len(addresses) > 10
    others = {one for one in addresses if not one.startswith((f"/s/{other_space_id}/", "/static/"))}
    assert others == set()


def test_old_addresses_lead_on(in_both: Someone, space_id: str) -> None:
    answer = in_both.get("/webhooks?status=off", headers=LOADS_A_PAGE)
    assert (answer.status_code, answer.location) == (303, f"/s/{space_id}/webhooks?status=off")
    assert in_both.get("/static/theme.css", headers=LOADS_A_PAGE).status_code == 200
    assert in_both.get("/help", headers=LOADS_A_PAGE).status_code == 200


def test_what_is_posted_stays_there(in_both: Someone, other_space_id: str) -> None:
    answer = in_both.post(
        f"/s/{other_space_id}/theme", {"theme": "dark", "next": f"/s/{other_space_id}/events"}
    )
    assert answer.location == f"/s/{other_space_id}/events"


def test_one_click_leads_into_another_space(in_both: Someone, other_space_id: str) -> None:
    page = in_both.get("/webhooks").text
    menu = re.search(r'<details class="menu" id="space-menu">.*?</details>', page, re.DOTALL)
    assert menu and f'value="{other_space_id}"' in menu[0]
    assert in_both.post("/space", {"space_id": other_space_id}).location == f"/s/{other_space_id}/"


@pytest.mark.parametrize("path", ["", "/", "/webhooks", "/settings/space", "/nothing"])
def test_a_space_one_does_not_belong_to_is_not_there(owner: Someone, other_space_id: str, path: str) -> None:
    foreign = owner.get(f"/s/{other_space_id}{path}")
    unknown = owner.get(f"/s/spc_{0:028x}{path}")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.text == unknown.text
    assert 'href="/"' in foreign.text  # a way out that works


def test_who_is_not_logged_in_comes_back_to_the_address(app: Flask, owner: Someone, space_id: str) -> None:
    stranger = somebody(app, owner.email)
    asked = stranger.get(f"/s/{space_id}/webhooks")
    assert asked.status_code == 303
    assert asked.location.startswith(f"/s/{space_id}/login?next=")
    answer = stranger.try_log_in(next_path=f"/s/{space_id}/webhooks")
    assert answer.location == f"/s/{space_id}/webhooks"


def test_a_membership_that_ends_ends_the_addresses(
    app: Flask, in_both: Someone, space_id: str, other_space_id: str, add_person: Callable[..., str]
) -> None:
    assert in_both.get(f"/s/{other_space_id}/webhooks").status_code == 200
    assert in_both.post(f"/s/{other_space_id}/spaces/leave").location == "/"
    assert in_both.get(f"/s/{other_space_id}/webhooks").status_code == 404
    assert in_both.get(f"/s/{space_id}/webhooks").status_code == 200


def test_programs_name_no_space_in_the_address(owner: Someone, space_id: str) -> None:
    assert owner.get(f"/s/{space_id}/api/v1/webhooks").status_code == 404
