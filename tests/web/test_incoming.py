"""The pages of incoming webhooks: form, address, calls, sources, own services (D1, D4, D6, D7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.extensions import db
from app.models import IncomingAddress, IncomingSource, IncomingWebhook, OwnService, Role
from app.services import incoming
from app.services.incoming import Maker
from tests.web.conftest import Visitor

pytestmark = pytest.mark.databases("sqlite")
# As a browser sends it: an empty value before each box.
FORM = {"name": "Website form", "tools": ["", "crm", "", "", "events"], "active": ["", "1"], "read_only": ""}


@pytest.fixture
def shown(admin: Visitor) -> str:
    """The address of the page of a new incoming webhook."""
    answer = admin.post("/incoming/new", **FORM)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def address_on(text: str) -> str:
    """The webhook's address on its page."""
    found = re.search(r'<code id="address">([^<]+)</code>', text)
    assert found, text[:2000]
    return unescape(found[1])


def test_after_creation_the_page_has_address_and_an_example_for_each_tool(admin: Visitor, shown: str) -> None:
    page = admin.get(shown).text
    address = address_on(page)
    assert address.startswith("http://localhost/in/")
    assert f"curl {address}/crm/v1/entities/lead" in unescape(page)
    assert f"curl {address}/events/v1/lead.created" in unescape(page)
    assert "Waiting for the first call" in page
    assert address_on(admin.get(shown).text) == address


def test_the_page_changes_by_itself_when_a_call_comes(
    admin: Visitor, shown: str, client: FlaskClient
) -> None:
    page = admin.get(shown)
    assert admin.get(shown, target="calls", known="").status_code == 204
    client.get(f"{address_on(page.text)}/crm/v1/entities/lead/1")
    part = admin.get(shown, target="calls", known="")
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "/crm/v1/entities/lead/1" in part.text
    assert "There is nothing at this path." in part.text
    assert "Never" not in admin.get("/incoming").text


def test_what_was_typed_stays_beside_what_is_wrong(admin: Visitor) -> None:
    answer = admin.post(
        "/incoming/new", name="", tools=["tasks"], networks="1.2.3.4\nnonsense", rate_per_minute="x"
    )
    assert answer.status_code == 422
    for text in ("There is a problem", "nonsense", "Enter a whole number.", "Enter a name, such as"):
        assert text in answer.text
    assert re.search(r'id="tools-tasks"[^>]* checked', answer.text)
    assert not re.search(r'id="tools-crm"[^>]* checked', answer.text)


def test_settings_are_changed(admin: Visitor, shown: str, app: Flask) -> None:
    assert "Website form" in admin.get(f"{shown}/settings").text
    done = admin.post(f"{shown}/settings", name="Other", tools=["tasks"], read_only="1", methods=["GET"])
    assert done.status_code == 303
    with app.app_context():
        row = db.session.query(IncomingWebhook).one()
        assert (row.name, row.tools, row.active, row.read_only) == ("Other", ["tasks"], False, True)
    assert admin.post(f"{shown}/turn-on").status_code == 303
    assert "Activated" in admin.get("/incoming").text
    assert admin.post(f"{shown}/turn-off", on="list").location == "/incoming"


def test_it_is_renewed_and_old_addresses_are_ended(admin: Visitor, shown: str, client: FlaskClient) -> None:
    first = address_on(admin.get(shown).text)
    admin.post(f"{shown}/renew", overlap_s="3600")
    page = admin.get(shown).text
    assert address_on(page) != first
    assert "The address before works until" in page
    assert client.get(f"{first}/crm/v1/entities/lead").status_code == 200
    admin.post(f"{shown}/end-old")
    assert client.get(f"{first}/crm/v1/entities/lead").status_code == 404


def test_it_is_deleted_after_a_question(admin: Visitor, shown: str, app: Flask) -> None:
    assert "Delete “Website form”?" in admin.get(f"{shown}/delete").text
    assert admin.post(f"{shown}/delete").location == "/incoming"
    assert admin.get(shown).status_code == 404
    with app.app_context():
        assert db.session.query(IncomingAddress).count() == 0


def test_who_may_only_look_sees_no_address(
    admin: Visitor, shown: str, log_in: Callable[[str], FlaskClient], app: Flask
) -> None:
    token = address_on(admin.get(shown).text).rpartition("/")[2]
    support = Visitor(log_in("support"))
    assert support.get(shown).status_code == 403
    give_role(app, "support", ["incoming.view"])
    page = support.get(shown)
    assert page.status_code == 200
    assert token not in page.text
    give_role(app, "support", ["incoming.manage"])
    page = support.get(shown)
    assert token not in page.text
    assert "more than you may do here" in page.text


def give_role(app: Flask, key: str, permissions: list[str]) -> None:
    """From now on the role carries these."""
    with app.app_context():
        db.session.query(Role).filter_by(key=key).one().permissions = permissions
        db.session.commit()


def test_what_a_caller_wrote_is_only_text(admin: Visitor, shown: str, client: FlaskClient) -> None:
    address = address_on(admin.get(shown).text)
    client.open(f"{address}/crm/v1/entities/<script>alert(1)</script>", method="GET")
    assert "<script>alert" not in admin.get(shown).text


def test_of_another_space_it_is_not_there(admin: Visitor, app: Flask, other_space_id: str) -> None:
    with app.test_request_context():
        theirs = incoming.create(other_space_id, {"name": "Theirs", "tools": ["crm"]}, Maker(None)).id
    for page in ("", "/settings", "/delete", "/sources/new"):
        assert admin.get(f"/incoming/{theirs}{page}").status_code == 404
    for act in ("renew", "end-old", "turn-on", "turn-off", "delete", "settings", "sources/new"):
        assert admin.post(f"/incoming/{theirs}/{act}", **FORM).status_code == 404


def test_a_source_is_added_with_its_secret_kept(admin: Visitor, shown: str, app: Flask) -> None:
    missing = admin.post(f"{shown}/sources/new", key="github", preset="github", becomes="later")
    assert missing.status_code == 422
    assert "Enter the secret" in missing.text
    made = admin.post(
        f"{shown}/sources/new", key="github", preset="github", secret="canary-github", becomes="later"
    )
    assert made.status_code == 303
    page = admin.get(made.location).text
    assert "/events/v1/github" in page
    assert "canary-github" not in page
    unknown = admin.post(
        made.location, key="github", preset="github", becomes="event", event_type="lead.craeted"
    )
    assert unknown.status_code == 422
    assert "lead.created" in unknown.text
    saved = admin.post(
        made.location, key="github", preset="github", becomes="event", event_type="lead.created"
    )
    assert saved.status_code == 303, saved.text
    with app.app_context():
        row = db.session.query(IncomingSource).one()
        assert row.event_type == "lead.created"
        assert app.extensions["vault"].decrypt(row.encrypted_secret) == "canary-github"
    assert admin.post(f"{made.location}/delete").status_code == 303
    assert admin.get(made.location).status_code == 404


def test_a_tool_is_passed_on_and_taken_back(admin: Visitor, app: Flask) -> None:
    wrong = admin.post("/incoming/services", tool="crm", url="ftp://example.com")
    assert wrong.status_code == 422
    assert "ftp://example.com" in wrong.text
    assert (
        admin.post("/incoming/services", tool="crm", url="https://svc.example.com/hooks/").status_code == 303
    )
    page = admin.get("/incoming/services").text
    assert "https://svc.example.com/hooks" in page
    assert "whsec_" in page
    with app.app_context():
        assert db.session.query(OwnService).one().url == "https://svc.example.com/hooks"
    assert admin.post("/incoming/services/crm/remove").status_code == 303
    assert admin.post("/incoming/services/crm/remove").status_code == 404
