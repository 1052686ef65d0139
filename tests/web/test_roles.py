"""The owner gives a permission to a role (E1, S2), and takes it back."""

from __future__ import annotations

import re

import pytest

from app.core.errors import Invalid
from app.core.extensions import db
from app.models import Person, Role
from app.services import roles, spaces
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


def role_id(app, space_id: str, name: str) -> str:
    with app.test_request_context():
        return str(db.session.query(Role).filter_by(space_id=space_id, name=name).one().id)


def test_a_role_is_made_given_and_deleted_once_nobody_has_it(log_in_as, app, space_id):
    owner, support = log_in_as("owner"), log_in_as("support")
    assert owner.post(f"{PAGE}/new", name="Night shift").location == PAGE
    night = role_id(app, space_id, "Night shift")
    assert owner.post(PAGE, grant=[f"{night}:webhooks.manage"]).status_code == 303
    with app.test_request_context():
        person_id = db.session.query(Person).filter_by(email="support@example.com").one().id
    owner.post(f"/settings/people/{person_id}/role", role_id=night)
    assert support.get("/webhooks/new").status_code == 200
    page = owner.get(PAGE).text
    assert "support@example.com" in page.split("Who has which role")[1]
    refused = owner.post(f"{PAGE}/{night}/delete")
    assert refused.status_code == 409 and "Somebody has the role “Night shift”" in refused.text
    owner.post(f"/settings/people/{person_id}/role", role_id=role_id(app, space_id, "Member"))
    assert support.get("/webhooks/new").status_code == 403
    assert owner.post(f"{PAGE}/{night}/delete").status_code == 303
    assert owner.get(f"{PAGE}/{night}").status_code == 404


def test_a_role_has_a_name_of_its_own(log_in_as, app, space_id):
    owner = log_in_as("owner")
    for name, sentence in (
        ("", "Enter a name for the role."),
        ("support", "There is a role named “support”"),
    ):
        answer = owner.post(f"{PAGE}/new", name=name)
        assert answer.status_code == 422 and sentence in answer.text
    owner.post(f"{PAGE}/new", name="Night shift")
    night = role_id(app, space_id, "Night shift")
    assert owner.post(f"{PAGE}/{night}", name="Day shift").status_code == 303
    assert role_id(app, space_id, "Day shift") == night


def test_what_every_space_has_stays(log_in_as, app, space_id):
    owner = log_in_as("owner")
    support = role_id(app, space_id, "Support")
    assert owner.post(f"{PAGE}/{support}", name="Other").status_code == 409
    assert owner.post(f"{PAGE}/{support}/delete").status_code == 409


def test_nobody_gives_what_they_do_not_hold(app, space_id, inside):
    with pytest.raises(Invalid) as refused:
        roles.grant(space_id, [("member", "webhooks.manage")], ["roles.manage", "webhooks.view"])
    assert "You can only give what you may do yourself" in refused.value.errors[0].message
    roles.grant(space_id, [("member", "webhooks.view")], ["roles.manage", "webhooks.view"])
    kept = {role.key: role.held for role in roles.roles_of(space_id)}
    assert kept["member"] == ["webhooks.view"] and "webhooks.resend" in kept["support"]


def test_a_right_that_is_taken_away_is_refused_on_the_next_call_in_open_tabs(log_in_as, a_webhook):
    owner, support = log_in_as("owner"), log_in_as("support")
    owner.post(PAGE, grant=["support:webhooks.manage"])
    shown = support.get(f"/webhooks/{a_webhook}")
    assert shown.status_code == 200
    owner.post(PAGE, grant=["support:webhooks.view"])
    for target in (None, "webhook-list"):
        assert support.post(f"/webhooks/{a_webhook}/pause", target).status_code == 403
    owner.post(PAGE, grant=[])
    assert support.get("/webhooks", "webhook-list").status_code == 403
