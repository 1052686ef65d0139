"""People at the dashboard of the running program."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.machine.browser import Pages
from tests.machine.oidc_provider import OidcProvider
from tests.machine.running import Running, running_program
from tests.machine.smtp import MailServer

CSRF_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture(scope="session")
def post_office() -> Iterator[MailServer]:
    """The mail server of the shared program."""
    server = MailServer().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def provider() -> Iterator[OidcProvider]:
    """Where people may log in to the shared program, too."""
    started = OidcProvider().start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def shared_program(
    post_office: MailServer, provider: OidcProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The whole program for all modules: to start it takes longer than most tests."""
    folder = tmp_path_factory.mktemp("shared")
    with running_program(folder, SMTP_URL=post_office.url, **provider.settings) as started:
        yield started


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest,
    running_settings: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    """The shared program with a space and an owner of the module's own; or, with settings, a program of its own."""
    if running_settings:
        with running_program(tmp_path_factory.mktemp("running"), **running_settings) as started:
            yield started
        return
    module = request.node.path.stem.removeprefix("test_").replace("_", " ")
    yield request.getfixturevalue("shared_program").with_space(module.capitalize())


@pytest.fixture(scope="module")
def demo(running: Running) -> None:
    """The space "Demo", full of life, to which the owner belongs, too."""
    running.flask("demo")
    running.join("Demo")


@pytest.fixture(scope="module")
def cookies(running: Running) -> dict[str, str]:
    """Those of the owner, who logs in once for the module."""
    browser = requests.Session()
    page = browser.get(f"{running.url}/login", timeout=30).text
    token = CSRF_TOKEN.search(page)
    assert token, page
    form = {"email": running.owner_email, "password": running.owner_password, "csrf_token": token[1]}
    answer = browser.post(f"{running.url}/login", data=form, timeout=30)
    assert answer.ok and "/login" not in answer.url, answer.text
    return browser.cookies.get_dict()


@pytest.fixture
def log_in(running: Running, cookies: dict[str, str]) -> Callable[[Page], Page]:
    """Makes a page the owner's, at the webhooks."""

    def do(page: Page) -> Page:
        page.context.add_cookies([{"name": n, "value": v, "url": running.url} for n, v in cookies.items()])
        page.goto("/webhooks")
        expect(page.locator("#person-menu")).to_be_visible()
        return page

    return do


@pytest.fixture
def owner(pages: Pages, log_in: Callable[[Page], Page]) -> Page:
    """The owner, logged in."""
    return log_in(pages.open())


@pytest.fixture(params=[True, False], ids=["javascript", "no javascript"])
def visitor(request: pytest.FixtureRequest, pages: Pages, log_in: Callable[[Page], Page]) -> Page:
    """The owner, logged in, with JavaScript and without."""
    return log_in(pages.open(javascript=request.param))


@pytest.fixture
def at_demo(demo: None, owner: Page) -> Iterator[Page]:
    """The owner, in the space "Demo"."""
    go_to_space(owner, "Demo")
    expect(owner.get_by_role("link", name="Billing")).to_be_visible()
    return owner


def go_to_space(page: Page, name: str) -> None:
    """By the menu, unless they were there last."""
    page.goto("/webhooks")
    if page.locator(".space-name").inner_text().endswith(name):
        return
    page.locator("#space-menu summary").click()
    page.get_by_role("button", name=f"Go to {name}").click()
    expect(page.locator("main h1")).to_have_text(name)  # its home
    page.goto("/webhooks")


@pytest.fixture(scope="module")
def call(running: Running) -> Callable[..., Any]:
    """Calls the API of the space as its administrator."""
    headers = {"Authorization": f"Bearer {running.api_key(running.space, 'administrative')}"}

    def do(method: str, path: str, **body: object) -> Any:
        url = f"{running.url}/api/v1{path}"
        answer = requests.request(method, url, json=body or None, headers=headers, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    return do


@pytest.fixture(scope="module")
def publish(running: Running) -> Callable[[str], str]:
    """Publishes an event with curl, as an integrator would, and returns what the API answered."""
    key = running.api_key(running.space, "events:write")

    def do(body: str) -> str:
        words = ["curl", "-s", "-S", "--fail-with-body", f"{running.url}/api/v1/events"]
        words += ["-H", f"Authorization: Bearer {key}", "-H", "Content-Type: application/json", "-d", body]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    return do
