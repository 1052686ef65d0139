"""People at the dashboard of the app under test, and what they find there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.extensions import db
from app.services import people, spaces
from tests.web.makers import make_delivery, make_webhook
from tests.web.people import PASSWORD, Someone, somebody


@pytest.fixture
def app(app: Flask) -> Flask:
    """CSRF has its own tests; here a form is what a browser sends besides the token."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def space_id(app: Flask) -> str:
    """A space."""
    with app.test_request_context():
        return str(spaces.create_space("Acme").id)


@pytest.fixture
def inside(app: Flask) -> Iterator[None]:
    """A request's context, for calls below the pages."""
    with app.test_request_context():
        yield
        db.session.rollback()


@pytest.fixture
def log_in(app: Flask, space_id: str) -> Callable[[str], FlaskClient]:
    """Logs somebody with this role in."""

    def do(role: str) -> FlaskClient:
        with app.test_request_context():
            people.create_person(f"{role}@example.com", PASSWORD, space_id, role)
        client = app.test_client()
        answer = client.post("/login", data={"email": f"{role}@example.com", "password": PASSWORD})
        assert answer.status_code == 303
        return client

    return do


@dataclass
class Visitor:
    """Somebody at the dashboard: pages, and the fragments that htmx asks for."""

    client: FlaskClient

    def get(self, url: str, /, target: str | None = None, **query: Any) -> TestResponse:
        """GET a page; with `target` the part for the element of that id."""
        return self.client.get(url, query_string=query or None, headers=_htmx(target))

    def post(self, url: str, /, target: str | None = None, **form: Any) -> TestResponse:
        """POST a form, as a page or for the element `target`."""
        return self.client.post(url, data=form, headers=_htmx(target))


def _htmx(target: str | None) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": target} if target is not None else {}


@pytest.fixture
def admin(log_in: Callable[[str], FlaskClient]) -> Visitor:
    """Somebody who may do everything."""
    return Visitor(log_in("admin"))


@pytest.fixture
def support(log_in: Callable[[str], FlaskClient]) -> Visitor:
    """Somebody who may look and resend."""
    return Visitor(log_in("support"))


@pytest.fixture
def new_webhook(app: Flask, space_id: str) -> Callable[..., str]:
    """Makes webhooks and returns their ids."""

    def make(**changes: Any) -> str:
        with app.test_request_context():
            return make_webhook(changes.pop("space_id", space_id), **changes)

    return make


@pytest.fixture
def a_webhook(new_webhook: Callable[..., str]) -> str:
    """A webhook that is on."""
    return new_webhook()


@pytest.fixture
def new_delivery(app: Flask, space_id: str) -> Callable[..., str]:
    """Makes deliveries of a webhook and returns their ids."""

    def make(webhook_id: str, state: str = "succeeded", **changes: Any) -> str:
        with app.test_request_context():
            return make_delivery(space_id, webhook_id, state, **changes)

    return make


@pytest.fixture
def a_failed_delivery(a_webhook: str, new_delivery: Callable[..., str]) -> str:
    """An event that could not be delivered in three tries."""
    return new_delivery(a_webhook, "failed")


@pytest.fixture
def other_space_id(app: Flask) -> str:
    """Another one."""
    with app.app_context():
        return str(spaces.create_space("Borealis").id)


@pytest.fixture
def add_person(app: Flask, space_id: str) -> Callable[..., str]:
    """Adds a person to a space in a role, and returns their e-mail address."""

    def add(role: str = "owner", email: str | None = None, in_space: str | None = None) -> str:
        email = email or f"{role}@example.com"
        with app.app_context():
            people.create_person(email, PASSWORD, in_space or space_id, role)
        return email

    return add


@pytest.fixture
def owner_email(add_person: Callable[..., str]) -> str:
    """The owner of the space."""
    return add_person("owner")


@pytest.fixture
def owner(app: Flask, owner_email: str) -> Someone:
    """The owner, logged in."""
    return somebody(app, owner_email).log_in()
