"""The search above the events of the form finds them by title and by their name on the wire (R38)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("lead.create", "lead.created"),
        ("campaign.email.bounce", "campaign.email.bounce"),
        ("LEAD.CREATE", "lead.created"),
    ],
)
def test_a_name_on_the_wire_is_found_and_shown(pages, log_in, typed: str, found: str) -> None:
    admin = log_in(pages.open())
    admin.goto("/webhooks/new")
    admin.locator("#pick-search").fill(typed)
    expect(admin.locator(f"[id='event-{found}']")).to_be_visible()
    expect(admin.get_by_text(found, exact=True)).to_be_visible()
    expect(admin.locator("#none-found")).to_be_hidden()
