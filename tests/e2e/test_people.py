"""Invite, accept, two steps, forgotten password, single sign-on, in a real browser with real mail."""

from __future__ import annotations

import re
import time

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.machine.browser import NARROW, screen_faults
from tests.machine.smtp import MailServer

PASSWORD = "seven quiet lanterns"
LINK = re.compile(r"http://\S+")


def link_to(post_office: MailServer, email: str, about: str) -> str:
    """The link in the newest letter to somebody."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for letter in reversed(list(post_office.letters)):
            if letter["To"] == email and about in letter["Subject"]:
                found = LINK.search(letter.get_content())
                assert found
                return found[0]
        time.sleep(0.1)
    raise TimeoutError(f"No letter to {email} about {about!r}")


def fill_log_in(page: Page, email: str, password: str) -> None:
    page.goto("/login")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()


def invite(owner: Page, email: str, role: str = "Support") -> None:
    owner.goto("/settings/people")
    owner.get_by_label("E-mail address").fill(email)
    owner.get_by_label("Role", exact=True).select_option(role)
    owner.get_by_role("button", name="Invite").click()
    expect(owner.get_by_text(f"We are sending an invitation to {email}.")).to_be_visible()


def join(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill("Grace Hopper")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_text("Welcome to “People”")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
def test_invite_accept_two_steps_and_log_in_with_them(pages, log_in, post_office, javascript):
    email = f"grace-{javascript}@example.com".lower()
    owner = log_in(pages.open(javascript=javascript))
    invite(owner, email)
    page = pages.open(javascript=javascript)
    join(page, link_to(post_office, email, "Join"))
    fill_log_in(page, email, PASSWORD)
    expect(page.get_by_role("heading", name="Webhooks").first).to_be_visible()
    page.goto("/account/two-steps")
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.locator("#secret").inner_text()
    page.get_by_label("Type the six digits").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Keep these recovery codes")).to_be_visible()
    recovery = page.locator("#recovery-codes li").first.inner_text()

    again = pages.open(javascript=javascript)
    fill_log_in(again, email, PASSWORD)
    expect(again.get_by_role("heading", name="Second step")).to_be_visible()
    again.get_by_label("Code").fill(pyotp.TOTP(secret).at(time.time() + 30))
    again.get_by_role("button", name="Log in").click()
    expect(again.get_by_role("heading", name="Webhooks").first).to_be_visible()

    without_phone = pages.open(javascript=javascript)
    fill_log_in(without_phone, email, PASSWORD)
    without_phone.get_by_label("Code").fill(recovery)
    without_phone.get_by_role("button", name="Log in").click()
    expect(without_phone.get_by_role("heading", name="Webhooks").first).to_be_visible()
    owner.reload()
    expect(owner.get_by_text("Grace Hopper").first).to_be_visible()


def test_a_forgotten_password_and_a_changed_address_by_mail(pages, log_in, post_office):
    email, other = "ada@lovelace.example", "countess@lovelace.example"
    invite(log_in(pages.open()), email)
    page = pages.open()
    join(page, link_to(post_office, email, "Join"))
    page.goto("/login")
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("a letter with a link is on its way")).to_be_visible()
    page.goto(link_to(post_office, email, "Set a new password"))
    page.get_by_label("New password").fill("nine loud teapots")
    page.get_by_role("button", name="Set the password").click()
    fill_log_in(page, email, "nine loud teapots")
    expect(page.get_by_role("heading", name="Webhooks").first).to_be_visible()

    page.goto("/account")
    page.get_by_label("New e-mail address").fill(other)
    page.get_by_label("Your password").fill("nine loud teapots")
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_text("We wrote to both addresses.")).to_be_visible()
    for mailbox, about in ((other, "Confirm your new"), (email, "Confirm the change")):
        page.goto(link_to(post_office, mailbox, about))
        page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Your e-mail address is changed.")).to_be_visible()
    fill_log_in(pages.open(), other, "nine loud teapots")


def test_single_sign_on_of_somebody_who_was_invited(pages, log_in, provider):
    email = "sso@example.com"
    provider.person.claims["email"] = email
    page = pages.open()
    page.goto("/login")
    page.get_by_role("link", name="Log in with Example ID").click()
    page.get_by_role("link", name="Refuse").click()
    expect(page.get_by_text("Example ID did not let you in.")).to_be_visible()
    page.get_by_role("link", name="Log in with Example ID").click()
    page.get_by_role("link", name="Allow").click()
    expect(page.get_by_text(f"Nobody has invited {email} to a space here yet.")).to_be_visible()
    invite(log_in(pages.open()), email)
    page.get_by_role("link", name="Log in with Example ID").click()
    page.get_by_role("link", name="Allow").click()
    expect(page.get_by_role("heading", name="Webhooks").first).to_be_visible()


def test_the_screens_of_people_are_accessible(pages, log_in, post_office):
    """Those that a link or a button leads to; the others are among all screens."""
    owner = log_in(pages.open())
    faults = []
    invite(owner, "screen@example.com", "Member")
    faults += screen_faults(owner)
    owner.get_by_label("E-mail address").fill("screen@example.com")
    owner.get_by_role("button", name="Invite").click()
    expect(owner.get_by_text("There is a problem")).to_be_visible()
    faults += screen_faults(owner)
    page = pages.open(size=NARROW)
    link = link_to(post_office, "screen@example.com", "Join")
    page.goto(link)
    faults += screen_faults(page)
    join(page, link)
    page.goto(link)
    expect(page.get_by_text("was accepted already")).to_be_visible()
    faults += screen_faults(page)
    fill_log_in(page, "screen@example.com", PASSWORD)
    page.goto("/account")
    faults += screen_faults(page)
    page.goto("/account/two-steps")
    page.get_by_role("button", name="Set it up").click()
    faults += screen_faults(page)
    page.get_by_label("Type the six digits").fill(pyotp.TOTP(page.locator("#secret").inner_text()).now())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Keep these recovery codes")).to_be_visible()
    faults += screen_faults(page)
    other = pages.open()
    fill_log_in(other, "screen@example.com", PASSWORD)
    expect(other.get_by_role("heading", name="Second step")).to_be_visible()
    faults += screen_faults(other)
    assert faults == []
