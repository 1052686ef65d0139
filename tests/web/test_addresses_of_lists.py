"""Addresses of lists: a filter that stands twice, or that the page does not have, is refused and named."""

from __future__ import annotations

import pytest

from app.web.deliveries.listing import NAMES
from tests.web.conftest import Visitor

pytestmark = pytest.mark.databases("sqlite")

LISTS = {
    "/deliveries": (*NAMES, "cursor"),
    "/webhooks/{webhook}": (*NAMES, "cursor"),
    "/webhooks": ("after",),
    "/webhooks/{webhook}/changes": ("before",),
    "/settings/oauth-connections": ("after",),
    "/inbox": ("known",),
}


@pytest.mark.parametrize("path", LISTS)
def test_a_filter_stands_once(admin: Visitor, a_webhook: str, path: str) -> None:
    for name in LISTS[path]:
        answer = admin.get(path.format(webhook=a_webhook) + f"?{name}=one&{name}=two")
        assert answer.status_code == 422, name
        assert f"<code>{name}</code>" in answer.text


@pytest.mark.parametrize("path", LISTS)
def test_an_unknown_filter_is_refused(admin: Visitor, a_webhook: str, path: str) -> None:
    answer = admin.get(path.format(webhook=a_webhook) + "?colour=%3Cred%3E&<b>=1")
    assert answer.status_code == 422
    assert "<code>colour</code>" in answer.text
    assert "&lt;b&gt;" in answer.text
