"""Records in a browser: S2's story, and how every kind of page looks and works."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.machine.browser import screen_faults
from tests.machine.receiver import Receiver
from tests.machine.running import Running

CSV = "Name;E-mail addresses;Phone;Shoe size\nHanna Keller;hanna@example.com;+49 30 1;38\nNobody;not-an-address;;\n"


def test_a_new_contact_is_pushed_to_the_endpoint(visitor: Page, running: Running, receiver: Receiver) -> None:
    """S2, E: a webhook with POST and "new contact"; I create a contact, and all its data is pushed."""
    page = visitor
    page.goto("/webhooks/new")
    page.locator("[id='event-contact.created']").check()
    page.get_by_label("Name", exact=True).fill("New contacts")
    page.get_by_label("Address", exact=True).fill(receiver.url)
    page.get_by_role("button", name="Save").last.click()
    page.get_by_role("button", name="Turn on", exact=True).click()
    expect(page.locator("#diagnosis").get_by_text("Working")).to_be_visible()
    before = len(receiver.requests)

    page.get_by_role("link", name="Records", exact=True).click()
    page.get_by_role("link", name="Contacts", exact=True).click()
    page.get_by_role("link", name="New contact").first.click()
    page.get_by_label("First name").fill("Hanna")
    page.get_by_label("Last name").fill("Keller")
    page.get_by_label("E-mail", exact=True).first.fill("hanna.keller@example.com")
    page.get_by_label("City").fill("Berlin")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Hanna Keller")).to_be_visible()

    request = receiver.wait_for(before + 1)[-1]
    data = request.json()["data"]
    assert request.method == "POST"
    assert request.json()["type"] == "contact.created"
    assert data["title"] == "Hanna Keller"
    assert data["email"] == [{"type": "work", "value": "hanna.keller@example.com"}]
    assert data["address"]["city"] == "Berlin"
    assert isinstance(data["id"], int) and data["created_by"] == 1

    page.get_by_role("link", name="Events sent for this record").click()
    expect(page.locator("tbody tr").first).to_be_visible()


def test_by_hand_from_stage_to_stage_and_back_from_the_dead(visitor: Page, running: Running) -> None:
    """Create with a mistake, correct it, move on the board, delete, undo; two people at once."""
    page = visitor
    page.goto("/records/crm/lead/new")
    page.get_by_label("Comments").fill("Asks for an offer")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    expect(page.get_by_label("Comments")).to_have_value("Asks for an offer")
    page.get_by_label("Title", exact=True).fill("Rooftop solar")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Rooftop solar")).to_be_visible()
    address = page.url

    page.goto(f"{address}/edit")
    other = page.context.new_page()
    other.goto(f"{address}/edit")
    other.get_by_label("Phone", exact=True).fill("+49 30 1")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("heading", name="Rooftop solar")).to_be_visible()
    page.get_by_label("Position").fill("Owner")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody changed this record").first).to_be_visible()
    expect(page.get_by_label("Position")).to_have_value("Owner")
    other.close()

    page.goto("/records/crm/lead/board")
    card = page.locator(".board-card", has_text="Rooftop solar").first
    card.get_by_role("button", name="Qualified").click()
    expect(page.get_by_text("Moved to “Qualified”.")).to_be_visible()
    page.goto(address)
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("This record is deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Restored.")).to_be_visible()


def test_import_from_a_csv_file(owner: Page) -> None:
    """Preview, columns, progress; what is wrong stands there with its line."""
    page = owner
    page.goto("/records/crm/contact/import")
    page.locator("input[type=file]").set_input_files(
        {"name": "contacts.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    )
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_label("Where “Name” goes")).to_have_value("title")
    expect(page.get_by_label("Where “Shoe size” goes")).to_have_value("")
    assert screen_faults(page) == []
    page.get_by_role("button", name="Import 2 lines").click()
    expect(page.get_by_text("All 2 lines are done.")).to_be_visible()
    expect(page.get_by_text("1 record created, 1 line failed.")).to_be_visible()
    expect(page.get_by_role("row", name="E-mail addresses")).to_be_visible()
    assert screen_faults(page) == []


@pytest.fixture
def addresses(running: Running) -> list[str]:
    """Every kind of page, with records on them."""
    key = running.api_key(running.space, "records:write", "records:read")

    def make(kind: str, body: object) -> str:
        headers = {"Authorization": f"Bearer {key}"}
        answer = requests.post(f"{running.url}/api/v1/records/{kind}", json=body, headers=headers, timeout=10)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    lead = make("lead", {"title": "A name as long as it gets " * 8, "comments": "Long " * 60})
    task = make("task", {"title": "Order the mounting rails", "deadline": 1762178400})
    make("comment", {"entity_type": "task", "entity_id": int(task), "message": "<p>On <b>Thursday</b></p>"})
    document = make(
        "signed_document", {"name": "Contract", "signers": [{"name": "Hanna"}, {"name": "Jonas"}]}
    )
    estimate = make("estimate", {"title": "Two roofs", "items": [{"name": "Module", "quantity": 91}]})
    return [
        *("/records", "/records/crm", "/records/crm/lead", "/records/crm/lead?q=zzz", "/records/chats/chat"),
        *("/records/crm/lead/board", "/records/tasks/task/board", "/records/jobs/job/board"),
        *("/records/crm/lead/new", "/records/tasks/task/new", "/records/crm/contact/new"),
        *("/records/outreach/outreach_lead/new", "/records/jobs/job/new", "/records/projects/project/new"),
        *(f"/records/crm/lead/{lead}", f"/records/crm/lead/{lead}/edit", f"/records/crm/lead/{lead}/delete"),
        *(f"/records/tasks/task/{task}", f"/records/documents/signed_document/{document}"),
        *(f"/records/jobs/estimate/{estimate}", f"/records/jobs/estimate/{estimate}/edit"),
        "/records/crm/lead/import",
    ]


def test_every_page_is_accessible_in_both_lights_wide_and_narrow(owner: Page, addresses: list[str]) -> None:
    faults = []
    for address in addresses:
        owner.goto(address)
        faults += screen_faults(owner)
    assert faults == []


def test_a_document_is_signed_by_buttons(visitor: Page, running: Running, addresses: list[str]) -> None:
    """Signed by all parties, it is signed."""
    page = visitor
    page.goto(next(one for one in addresses if "signed_document" in one))
    page.get_by_role("button", name="Sign for Hanna").click()
    expect(page.get_by_text("Signed.", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign for Jonas").click()
    expect(page.get_by_text("Signed by all parties.")).to_be_visible()
