"""Programs that call the API of two spaces, each with a key that may do everything; one calls the action API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.models.api_key import ADMINISTRATIVE
from app.models.instance_key import OF_INSTANCE
from app.services import api_keys, spaces
from app.services.instance_keys import create_instance_key
from tests.api.action_program import STATUS_OK, Program, program_in
from tests.api.agreement import check_agreement
from tests.machine.receiver import Receiver

NOTHING: Any = object()


@dataclass
class Caller:
    """A program with a key. Called with a method, a path below /api/v1, a body and headers."""

    client: FlaskClient
    key: str

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = NOTHING,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> TestResponse:
        if body is not NOTHING:
            options["json"] = body
        sent = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        answer = self.client.open(f"/api/v1{path}", method=method, headers=sent, **options)
        check_agreement(self.client.application, method, answer.request.path, answer)
        return answer

    def new_webhook(self, on: bool = True, **changes: Any) -> dict[str, Any]:
        """A new webhook, on unless told otherwise, as the API shows it."""
        settings = {
            "name": "CRM sync",
            "url": "https://crm.example.com/hook",
            "events": ["lead.created"],
            **changes,
        }
        made = self("POST", "/webhooks", settings)
        assert made.status_code == 201, made.text
        if on:
            enabled = self("POST", f"/webhooks/{made.json['id']}/enable", {"force": True})
            assert enabled.status_code == 200, enabled.text
        return dict(made.json)

    def new_oauth_credential(self, **changes: Any) -> dict[str, Any]:
        """A new OAuth credential, as the API shows it."""
        settings = {
            "name": "CRM sign-in",
            "token_url": "http://127.0.0.1:9/token",
            "parameters": {"client_id": "us", "client_secret": "canary-api-secret"},
            **changes,
        }
        made = self("POST", "/oauth-credentials", settings)
        assert made.status_code == 201, made.text
        return dict(made.json)

    def publish(self, event_type: str = "lead.created", **fields: Any) -> dict[str, Any]:
        """Publish an event; what the API answers."""
        answer = self("POST", "/events", {"type": event_type, "data": {"id": 4711}, **fields})
        assert answer.status_code == 202, answer.text
        return dict(answer.json)


def caller_in(app: Flask, space_id: str, *scopes: str) -> Caller:
    """A program whose key carries these scopes; none: it may do everything."""
    with app.test_request_context():
        _key, text = api_keys.create_key(space_id, "Shop", scopes or (ADMINISTRATIVE,))
    return Caller(app.test_client(), text)


def host_with(app: Flask, *scopes: str) -> Caller:
    """A host product's program; without scopes: those that only such a key can carry."""
    with app.test_request_context():
        _key, text = create_instance_key(scopes or OF_INSTANCE, "Host")
    return Caller(app.test_client(), text)


@pytest.fixture
def who_may(app: Flask, call: Caller) -> Callable[[str], Caller]:
    """Who may call a route of this scope: a program of the space, or of the host product."""
    host = host_with(app)
    return lambda scope: host if scope in OF_INSTANCE else call


@pytest.fixture
def space_id(app: Flask) -> str:
    """A space."""
    with app.test_request_context():
        return str(spaces.create_space("Acme").id)


@pytest.fixture
def call(app: Flask, space_id: str) -> Caller:
    """A program of the space."""
    return caller_in(app, space_id)


@pytest.fixture
def other(app: Flask) -> Caller:
    """A program of another space."""
    with app.test_request_context():
        other_id = str(spaces.create_space("Borealis").id)
    return caller_in(app, other_id)


@pytest.fixture
def program(app: Flask, space_id: str) -> Program:
    """A program of the space."""
    return program_in(app, space_id)


@pytest.fixture
def ok_receiver(receiver: Receiver) -> Receiver:
    """A receiver that answers as S1 wants it."""
    receiver.always(STATUS_OK)
    return receiver
