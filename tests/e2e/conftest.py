"""People at the dashboard of the running program."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.machine.running import Running

SPACE = "My space"


@pytest.fixture
def log_in(running: Running) -> Callable[[Page], Page]:
    """Logs the owner in on a page."""

    def do(page: Page) -> Page:
        page.goto("/login")
        page.get_by_label("E-mail address").fill(running.owner_email)
        page.get_by_label("Password", exact=True).fill(running.owner_password)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#person-menu")).to_be_visible()
        page.goto("/webhooks")
        return page

    return do


@pytest.fixture(scope="module")
def publish(running: Running) -> Callable[[str], str]:
    """Publishes an event with curl, as an integrator would, and returns what the API answered."""
    key = running.api_key(SPACE, "events:write")

    def do(body: str) -> str:
        words = ["curl", "-s", "-S", "--fail-with-body", f"{running.url}/api/v1/events"]
        words += ["-H", f"Authorization: Bearer {key}", "-H", "Content-Type: application/json", "-d", body]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    return do
