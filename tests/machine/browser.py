"""A real browser that takes offence: at script errors, CSP violations and requests to other hosts."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

# Chromium takes the last list only, so Playwright's own is said again; then what every new window would draw
# for an address bar that nobody sees, a third of the time that a page takes to open.
WITHOUT = [
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
    *("WebUIOmniboxPopup", "WebUIOmniboxFullPopup", "WebUIOmniboxAimPopup"),
]
ARGUMENTS = [
    f"--disable-features={','.join(WITHOUT)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MAC_APPS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# What a page waits for is done by other processes, on a machine that does other things, too.
PATIENCE_MS = 15_000
WIDE, NARROW = (1280, 800), (320, 700)
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE_OPTIONS = {"runOnly": {"type": "tag", "values": WCAG_22_AA}, "resultTypes": ["violations"]}
# Only the findings leave the browser: what passed is some hundred kilobytes for each page.
FINDINGS = """async (options) => {
    const { violations } = await axe.run(document, options);
    return violations.flatMap(({ id, help, nodes }) =>
        nodes.map(({ target }) => `${id}: ${help} at ${target.join(" ")}`));
}"""
# How Chromium's console speaks of an answer with a 4xx status. The answer is watched itself.
STATUS_NOISE = "Failed to load resource: the server responded with a status of"


def find_chromium() -> str:
    """The system's Chromium. Raises `RuntimeError` if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    found = found or next((path for path in MAC_APPS if os.access(path, os.X_OK)), None)
    if found is None:
        raise RuntimeError("There is no Chromium: run `sh ops/test_machine.sh`.")
    return found


@contextmanager
def open_browser() -> Iterator[Browser]:
    """One browser, without a window."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


class Watch:
    """Keeps what went wrong in one browser context."""

    def __init__(self, context: BrowserContext) -> None:
        self._faults: list[str] = []
        self._expected: list[str] = []
        context.on("console", self._hear)
        context.on("weberror", lambda error: self._faults.append(f"script error: {error.error}"))
        context.on("request", self._see_request)
        context.on("response", self._see_response)

    def expect(self, pattern: str) -> None:
        """Faults that this expression finds belong to the test."""
        self._expected.append(pattern)

    @property
    def faults(self) -> list[str]:
        """What went wrong and was not expected."""
        return [fault for fault in self._faults if not any(re.search(p, fault) for p in self._expected)]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(STATUS_NOISE):
            self._faults.append(f"console: {message.text}")

    def _see_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in {
            "127.0.0.1",
            "localhost",
        }:
            self._faults.append(f"request to another host: {request.url}")

    def _see_response(self, response: Response) -> None:
        page_itself = response.request.resource_type in {"document", "xhr", "fetch"}
        if response.status >= 500 or (response.status >= 400 and not page_itself):
            self._faults.append(f"{response.status} for {response.url}")


class Pages:
    """Opens pages and watches them."""

    def __init__(self, browser: Browser, base_url: str | None) -> None:
        self._browser = browser
        self._base_url = base_url
        self._opened: list[tuple[BrowserContext, Watch]] = []

    def open(
        self,
        *,
        dark: bool = False,
        size: tuple[int, int] = WIDE,
        javascript: bool = True,
        like: Page | None = None,
        **options: object,
    ) -> Page:
        """A new page in a context of its own. `like`: with the cookies of that page, so logged in as it is.

        `options` go to Playwright's `new_context`.
        """
        context = self._browser.new_context(
            base_url=self._base_url,
            color_scheme="dark" if dark else "light",
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=javascript,
            storage_state=like.context.storage_state() if like else None,
            accept_downloads=True,
            reduced_motion="reduce",
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(PATIENCE_MS)
        self._opened.append((context, Watch(context)))
        return context.new_page()

    def watch(self, page: Page) -> Watch:
        """The watch over a page, to tell it what the test expects."""
        return next(watch for context, watch in self._opened if context is page.context)

    def close(self) -> None:
        """Close all pages. Raises `AssertionError` with everything that went wrong in them."""
        faults = [fault for _, watch in self._opened for fault in watch.faults]
        for context, _ in self._opened:
            context.close()
        if faults:
            raise AssertionError("In the browser:\n" + "\n".join(faults))


def axe(page: Page, *, only: str | None = None) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA on the page as it stands: one line a finding.

    `only`: one rule, which is quicker.
    """
    if not page.evaluate("'axe' in window"):
        page.context.add_init_script(AXE_SCRIPT)  # the next pages have it when they are loaded
        page.evaluate(AXE_SCRIPT)
    options = {**AXE_OPTIONS, "runOnly": {"type": "rule", "values": [only]}} if only else AXE_OPTIONS
    found: list[str] = page.evaluate(FINDINGS, options)
    return found


def screen_faults(page: Page, *sizes: tuple[int, int]) -> list[str]:
    """What is wrong with the page as it stands, by axe and by sideways scroll, in these sizes (both, if none is named).

    The wide page is looked at in the light, the narrow one in the dark: a colour does not depend on the width. What
    only wide pages show, in the dark, is looked at on a few screens of each kind (`test_screens`).
    """
    faults = []
    for width, height in sizes or (WIDE, NARROW):
        scheme: Literal["dark", "light"] = "light" if width == WIDE[0] else "dark"
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        faults += [f"{page.url}, {scheme}, {width} px: {finding}" for finding in axe(page)]
        if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
            faults.append(f"{page.url}: scrolls sideways, {needed} px of {width}")
    return faults
