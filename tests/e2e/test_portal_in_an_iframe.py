"""A host product's page with the portal in it: all of it works there, and none of it in a page of anybody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
import requests
from playwright.sync_api import FrameLocator, Page, expect

from app.core.settings import ROOT
from tests.machine.browser import Pages
from tests.machine.ports import free_port
from tests.machine.receiver import Answer, Receiver
from tests.machine.running import Running
from tests.machine.tls_site import Site, TlsFront

FRAME = '<!doctype html><title>The product</title><h1>The product</h1><iframe src="{}" title="Webhooks" {}></iframe>'
SIZE = 'width="1100" height="900"'


@pytest.fixture(scope="module")
def host_site() -> Iterator[Site]:
    """The host product's own site."""
    site = Site()
    yield site
    site.stop()


@pytest.fixture
def strangers_site() -> Iterator[Site]:
    """Somebody else's."""
    site = Site()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def https_port() -> int:
    """Where Hookdesk is reached under https."""
    return free_port()


@pytest.fixture(scope="module")
def running_settings(host_site: Site, https_port: int) -> dict[str, str]:
    """What an operator sets."""
    return {"BASE_URL": f"https://localhost:{https_port}", "PORTAL_FRAME_ANCESTORS": host_site.origin}


@pytest.fixture(scope="module")
def under_https(running: Running, https_port: int) -> Iterator[str]:
    """The address of Hookdesk under https."""
    front = TlsFront(https_port, int(running.settings["PORT"]))
    yield f"https://localhost:{https_port}"
    front.stop()


@pytest.fixture(scope="module")
def host_key(running: Running) -> str:
    """The host product's key."""
    scopes = ("spaces:write", "portal:write", "events:write")
    words = [word for scope in scopes for word in ("--scope", scope)]
    return running.flask("instance-key", "create", *words).splitlines()[-1]


@pytest.fixture
def call(running: Running, host_key: str) -> Callable[..., requests.Response]:
    """Calls the API as the host product does."""

    def do(method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        sent = {"Authorization": f"Bearer {host_key}", **headers}
        return requests.request(method, f"{running.url}/api/v1{path}", json=body, headers=sent, timeout=10)

    return do


@pytest.fixture
def new_link(call: Callable[..., requests.Response]) -> Callable[[], str]:
    """Makes portal links into the space of customer 4711."""

    def make() -> str:
        space = call("PUT", "/spaces/by-external-id/4711", {"name": "Acme"}).json()
        said = {
            "permissions": ["webhooks.manage", "webhooks.resend"],
            "person": {"external_id": "user-7", "name": "Ada"},
            "theme": {"accent": "#0a6b5f"},
        }
        link = call("POST", f"/spaces/{space['id']}/portal-links", said)
        assert link.status_code == 201, link.text
        return str(link.json()["url"])

    return make


@pytest.fixture
def page(pages: Pages) -> Page:
    """A browser that takes the certificates of this machine."""
    return pages.open(ignore_https_errors=True)


def framed(page: Page, site: Site, address: str) -> FrameLocator:
    site.pages["/"] = FRAME.format(address, SIZE)
    page.goto(site.origin)
    return page.frame_locator("iframe")


def publish(call: Callable[..., requests.Response], number: int) -> None:
    event = {"type": "lead.created", "object_id": str(number), "data": {"id": number}}
    sent = call("POST", "/events", event, **{"Hookdesk-Space": "ext:4711"})
    assert sent.status_code == 202, sent.text


def test_create_test_turn_on_and_resend_in_the_hosts_page(
    under_https: str,
    page: Page,
    host_site: Site,
    new_link: Callable[[], str],
    call: Callable[..., requests.Response],
    receiver: Receiver,
) -> None:
    portal = framed(page, host_site, new_link())
    portal.get_by_role("link", name="Create webhook").first.click()
    portal.locator("[id='event-lead.created']").check()
    portal.get_by_label("Name", exact=True).fill("CRM sync")
    portal.get_by_label("Address", exact=True).fill(receiver.url)
    portal.get_by_role("button", name="Test", exact=True).click()
    expect(portal.get_by_text("The test was accepted")).to_be_visible()
    portal.get_by_role("button", name="Save").last.click()
    portal.get_by_role("button", name="Turn on", exact=True).click()
    expect(portal.locator("#diagnosis").get_by_text("Working")).to_be_visible()
    receiver.always(Answer(500))
    publish(call, 4711)
    receiver.wait_for(3)
    receiver.always(Answer(200))
    portal.get_by_role("link", name="Events", exact=True).click()
    portal.get_by_role("link", name="Lead created").first.click()
    portal.get_by_role("button", name="Resend", exact=True).first.click()
    receiver.wait_for(4)
    expect(portal.locator("#log").get_by_text("Delivered").first).to_be_visible()


def test_what_is_revoked_ends_in_the_open_page(
    under_https: str,
    page: Page,
    host_site: Site,
    new_link: Callable[[], str],
    call: Callable[..., requests.Response],
) -> None:
    portal = framed(page, host_site, new_link())
    expect(portal.get_by_role("heading", name="Webhooks").first).to_be_visible()
    space = call("PUT", "/spaces/by-external-id/4711", {"name": "Acme"}).json()
    assert call("DELETE", f"/spaces/{space['id']}/portal-links?person=user-7").status_code == 204
    portal.get_by_role("link", name="Events", exact=True).click()
    expect(portal.get_by_role("heading", name="This link has ended")).to_be_visible()


def test_nothing_of_it_works_on_a_site_that_is_not_named(
    under_https: str, pages: Pages, page: Page, strangers_site: Site, new_link: Callable[[], str]
) -> None:
    pages.watch(page).expect("frame-ancestors|X-Frame-Options|refused|Refused|Framing")
    portal = framed(page, strangers_site, new_link())
    page.wait_for_timeout(1000)
    expect(portal.get_by_role("link", name="Create webhook")).to_have_count(0)
    for path in ("/login", "/help", "/webhooks"):
        portal = framed(page, strangers_site, under_https + path)
        page.wait_for_timeout(300)
        expect(portal.get_by_role("heading")).to_have_count(0)


def test_in_its_own_tab_beside_nothing_else(
    under_https: str, page: Page, new_link: Callable[[], str]
) -> None:
    address = new_link()
    page.goto(address)
    page.get_by_role("link", name="Webhooks", exact=True).first.click()
    expect(page.get_by_role("link", name="Create webhook").first).to_be_visible()
    expect(page.get_by_text("Ada")).to_be_visible()
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()


def test_the_script_of_a_host_product_delivers_its_first_event(
    running: Running, call: Callable[..., requests.Response], host_key: str, receiver: Receiver
) -> None:
    """docs/host_product.py, at most 40 lines; its customer's webhook gets the event."""
    script = ROOT / "docs" / "host_product.py"
    assert len(script.read_text().splitlines()) <= 40
    space = call("PUT", "/spaces/by-external-id/77", {"name": "Borealis"}).json()
    key = running.api_key(space["id"], "administrative")
    headers = {"Authorization": f"Bearer {key}"}
    hook = {"name": "CRM", "url": receiver.url, "events": ["lead.created"]}
    api = f"{running.url}/api/v1/webhooks"
    made = requests.post(api, json=hook, headers=headers, timeout=10).json()
    requests.post(f"{api}/{made['id']}/enable", json={"force": True}, headers=headers, timeout=10)
    told = {**os.environ, "HOOKDESK": running.url, "HOOKDESK_KEY": host_key}
    done = subprocess.run(
        [sys.executable, str(script), "77", "Borealis"], env=told, capture_output=True, text=True, check=True
    )
    space_id, event_id, deliveries, address = done.stdout.split()
    assert (space_id, deliveries) == (space["id"], "1")
    assert address.startswith(f"{running.settings['BASE_URL']}/portal/{space_id}/enter/")
    got = receiver.wait_for(1)[0]
    assert got.header("webhook-id") == event_id
    assert json.loads(got.body)["data"]["email"] == "ada@example.com"
