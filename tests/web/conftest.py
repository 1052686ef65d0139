"""Spaces with people in them, and browsers that are logged in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.services import people, spaces
from tests.web.people import PASSWORD, Someone, somebody


@pytest.fixture
def space_id(app: Flask) -> str:
    """A space."""
    with app.app_context():
        return str(spaces.create_space("Acme").id)


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
