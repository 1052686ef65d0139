"""The owner gives a permission to a role (E1, S2), and takes it back."""

from __future__ import annotations

import re

import pytest

from app.core.extensions import db
from app.models import Role
from app.services import spaces
from tests.web.conftest import Visitor

pytestmark = pytest.mark.databases("sqlite")
PAGE = "/settings/roles"


@pytest.fixture
def log_in_as(log_in):
    """Somebody with that role at the dashboard."""
    return lambda role: Visitor(log_in(role))


def ticked(page: str) -> list[str]:
    return [m[1] for m in re.finditer(r'name="grant" value="([^"]+)"[^>]* checked', page)]


def test_manage_webhooks_is_given_to_a_role_and_taken_back(log_in_as, app, space_id):
    owner, support = log_in_as("owner"), log_in_as("support")
    with app.test_request_context():
        other = spaces.create_space("Other").id
    assert support.get("/webhooks/new").status_code == 403
    before = ticked(owner.get(PAGE).text)
    assert "support:webhooks.resend" in before and "support:webhooks.manage" not in before
    assert owner.post(PAGE, grant=[*before, "support:webhooks.manage"]).location == PAGE
    assert support.get("/webhooks/new").status_code == 200
    page = owner.get(PAGE).text
    lately = " ".join(re.sub(r"<[^>]*>", " ", page.split("Recent changes")[1]).split())
    assert "Role changed Support" in lately and "owner@example.com" in lately
    assert "after: See webhooks and events, Resend events, Manage webhooks" in lately
    with app.test_request_context():
        theirs = db.session.query(Role).filter_by(space_id=other, key="support").one()
        assert "webhooks.manage" not in theirs.permissions

    owner.post(PAGE, grant=before)
    assert support.get("/webhooks/new").status_code == 403


def test_managing_brings_seeing_along(log_in_as):
    owner, member = log_in_as("owner"), log_in_as("member")
    owner.post(PAGE, grant=["member:webhooks.manage"])
    assert member.get("/webhooks").status_code == 200


@pytest.mark.parametrize("wrong", ["owner:webhooks.view", "support:people.manage", "king:webhooks.view", "x"])
def test_what_is_not_on_the_list_is_refused_and_nothing_is_stored(log_in_as, app, wrong):
    owner = log_in_as("owner")
    before = ticked(owner.get(PAGE).text)
    answer = owner.post(PAGE, grant=[wrong])
    assert answer.status_code == 422 and "Choose permissions from the list." in answer.text
    assert ticked(owner.get(PAGE).text) == before


def test_an_admin_keeps_every_right(log_in_as):
    admin = log_in_as("admin")
    admin.post(PAGE, grant=[])
    assert admin.get(PAGE).status_code == 200
    assert admin.get("/webhooks").status_code == 200
    assert log_in_as("support").get(PAGE).status_code == 403
