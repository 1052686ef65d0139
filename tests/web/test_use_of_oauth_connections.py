"""To use an OAuth connection needs its own right, and it goes only to the hosts that it names (R21)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.core.acting import act_as
from app.core.actor import PERSON, Actor
from app.core.errors import Invalid
from app.services import oauth_credentials, roles, webhooks
from tests.web.conftest import Visitor
from tests.web.test_form import GOOD

pytestmark = pytest.mark.databases("sqlite")
CREDENTIAL = {
    "name": "CRM",
    "token_url": "http://127.0.0.1:9/token",
    "parameters": {"client_id": "us", "client_secret": "canary"},
}


def test_a_role_without_the_right_cannot_send_the_token_anywhere(
    app: Flask, space_id: str, log_in: Callable[[str], Any]
) -> None:
    with app.test_request_context():
        credential = oauth_credentials.create(space_id, {**CREDENTIAL, "hosts": ["crm.example.com"]}).id
        roles.grant(space_id, [("member", "webhooks.manage")])
    member = Visitor(log_in("member"))
    form = {**GOOD, "auth_kind": "oauth", "auth_credential_id": credential}
    for path in ("/webhooks/new", "/webhooks/test"):
        answer = member.post(path, **form)
        assert answer.status_code == 422
        assert "Your role may not use OAuth connections." in answer.text


def test_a_host_that_is_not_named_is_refused_and_the_first_one_names_itself(
    app: Flask, space_id: str
) -> None:
    with app.test_request_context():
        credential = oauth_credentials.create(space_id, CREDENTIAL).id
        hook = {
            "name": "CRM",
            "url": "https://crm.example.com/",
            "events": ["lead.created"],
            "auth": {"kind": "oauth", "credential_id": credential},
        }
        act_as(Actor(PERSON, "ada@example.com", rights=frozenset({"oauth.use"})))
        with pytest.raises(Invalid):
            webhooks.create(space_id, hook)
        act_as(Actor(PERSON, "ada@example.com", rights=frozenset({"oauth.use", "oauth.manage"})))
        webhooks.create(space_id, hook)
        assert oauth_credentials.settings_of(oauth_credentials.find(space_id, credential))["hosts"] == [
            "crm.example.com"
        ]
        elsewhere = {**hook, "url": "https://evil.example.net/"}
        for use in (webhooks.create, webhooks.test):
            with pytest.raises(Invalid) as refused:
                use(space_id, elsewhere)
            assert "may not be used for evil.example.net" in refused.value.errors[0].message
