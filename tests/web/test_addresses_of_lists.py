"""Addresses of lists: a filter that stands twice, or that the page does not have, is refused and named."""

from __future__ import annotations

import inspect

import pytest
from flask import Flask

from app.web.audit.filters import NAMES as AUDIT_NAMES
from app.web.deliveries.listing import NAMES
from tests.web.conftest import Visitor
from tests.web.people import Someone

pytestmark = pytest.mark.databases("sqlite")

LISTS = {
    "/deliveries": (*NAMES, "cursor"),
    "/webhooks/{webhook}": (*NAMES, "cursor"),
    "/webhooks": ("after",),
    "/webhooks/{webhook}/changes": ("before",),
    "/settings/oauth-connections": ("after",),
    "/inbox": ("known",),
    "/settings/audit": (*AUDIT_NAMES, "before"),
}


# Views that read what a link or a form of ours put into the address, and list nothing.
NO_LISTS = {
    *("session.login", "single_sign_on.begin", "single_sign_on.callback", "oauth_callback.callback"),
    *("webhooks.live", "deliveries.show", "oauth_credentials.new", "recoveries.new"),
}


@pytest.mark.parametrize("path", LISTS)
def test_a_filter_stands_once(admin: Visitor, a_webhook: str, path: str) -> None:
    for name in LISTS[path]:
        answer = admin.get(path.format(webhook=a_webhook) + f"?{name}=one&{name}=two")
        assert answer.status_code == 422, name
        assert f"<code>{name}</code>" in answer.text


def test_every_page_that_takes_filters_says_which_one_stands_twice(
    app: Flask, owner: Someone, a_webhook: str
) -> None:
    taking = {name: getattr(view, "query_names", ()) for name, view in app.view_functions.items()}
    rules = [
        rule for rule in app.url_map.iter_rules() if taking[rule.endpoint] and "GET" in (rule.methods or ())
    ]
    known = {"webhook_id": a_webhook, "kind": "lead"}
    asked = 0
    for rule in rules:
        if rule.arguments - known.keys() or ("kind" in rule.arguments and "/crm/" not in rule.rule):
            continue
        path = app.url_map.bind("localhost").build(
            rule.endpoint, {name: known[name] for name in rule.arguments}
        )
        for name in taking[rule.endpoint]:
            answer = owner.get(f"{path}?{name}=one&{name}=two")
            assert answer.status_code == 422, (path, name)
            assert f"<code>{name}</code>: This parameter stands more than once. Send it once." in answer.text
            asked += 1
    assert asked > 40


def test_what_a_page_reads_from_its_address_is_among_what_it_takes(app: Flask) -> None:
    """A list that reads a place or a filter, and does not say that it takes it, would overlook a second one."""
    for endpoint, view in app.view_functions.items():
        inner = inspect.unwrap(view)
        if inner.__module__.startswith("app.web.") and "request.args" in inspect.getsource(inner):
            is_form = endpoint.startswith("records.new_")  # looks at each parameter itself
            assert hasattr(view, "query_names") or endpoint in NO_LISTS or is_form, endpoint


@pytest.mark.parametrize("path", LISTS)
def test_an_unknown_filter_is_refused(admin: Visitor, a_webhook: str, path: str) -> None:
    answer = admin.get(path.format(webhook=a_webhook) + "?colour=%3Cred%3E&<b>=1")
    assert answer.status_code == 422
    assert "<code>colour</code>" in answer.text
    assert "&lt;b&gt;" in answer.text
