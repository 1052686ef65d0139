"""Somebody whom a host product let into a space by a link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.acting import act_as
from app.core.actor import KEY, Actor
from app.services.portal.links import make_link

ADA = {"external_id": "host-7", "name": "Ada"}


def new_link(app: Flask, space_id: str, *permissions: str, **said: Any) -> str:
    """A new link's path."""
    with app.test_request_context():
        act_as(Actor(KEY, "Host", "iky_1"))
        wanted = {"permissions": list(permissions or ("webhooks.view",)), "person": ADA, **said}
        return urlsplit(make_link(space_id, wanted).url).path


@dataclass
class Guest:
    """Their browser."""

    client: FlaskClient
    space_id: str
    base_url: str = "http://localhost"
    entered: TestResponse | None = field(default=None)

    def enter(self, path: str) -> TestResponse:
        """Open a link."""
        self.entered = self.client.get(path, base_url=self.base_url)
        return self.entered

    def get(self, path: str, **options: Any) -> TestResponse:
        """GET a page of the portal."""
        return self.client.get(f"/portal/{self.space_id}{path}", base_url=self.base_url, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """POST a form there."""
        address = f"/portal/{self.space_id}{path}"
        return self.client.post(address, data=data or {}, base_url=self.base_url, **options)


def guest_in(app: Flask, space_id: str, *permissions: str, **said: Any) -> Guest:
    """Somebody who came by a link with these permissions."""
    base_url = app.config["SETTINGS"].base_url
    guest = Guest(app.test_client(), space_id, base_url)
    answer = guest.enter(new_link(app, space_id, *permissions, **said))
    assert answer.status_code == 303, answer.text
    return guest


def cookies_of(answer: TestResponse) -> Iterator[str]:
    """The Set-Cookie lines of an answer."""
    yield from answer.headers.getlist("Set-Cookie")
