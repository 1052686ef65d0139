"""A program that calls the action API in S1's shapes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.models.api_key import ADMINISTRATIVE
from app.services import api_keys
from tests.machine.receiver import Answer

HASHED, BEARER = "/api/admin/v2/", "/api/oauth2"
WRONG_HASH = {"status": "error", "status_code": 2, "message": "Action hash is missed or invalid"}
STATUS_OK = Answer(200, b'{"status":"OK"}', [("Content-Type", "application/json")])


@dataclass
class Program:
    """A program written for S1: it signs each query with its administrative key."""

    client: FlaskClient
    key: str

    def query(self, action: str, **parameters: str) -> str:
        """A query with its hash."""
        plain = urlencode({"action": action, **parameters})
        return f"{plain}&hash={self.hash_of(plain)}"

    def hash_of(self, plain: str) -> str:
        """S1's hash of a query."""
        return hashlib.md5((plain + self.key).encode()).hexdigest()

    def __call__(self, action: str, **parameters: str) -> TestResponse:
        return self.client.get(f"{HASHED}?{self.query(action, **parameters)}")

    def with_token(self, action: str, **parameters: str) -> TestResponse:
        """The same with a bearer token."""
        return self.client.get(
            f"{BEARER}?{urlencode({'action': action, **parameters})}",
            headers={"Authorization": f"Bearer {self.key}"},
        )


def program_in(app: Flask, space_id: str, **options: Any) -> Program:
    """A program of that space; `options` go to its key."""
    with app.test_request_context():
        _key, text = api_keys.create_key(space_id, "S1", [ADMINISTRATIVE], action_api=True, **options)
    return Program(app.test_client(), text)


def fails(answer: TestResponse, code: int, message: str, details: str | None = None) -> None:
    """Assert that it was answered with this error of S1."""
    assert answer.status_code == 200, answer.text
    body = {"status": "error", "status_code": code, "message": message}
    assert answer.json == (body if details is None else {**body, "message_details": details})
