"""Another system that calls an incoming webhook."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.extensions import db
from app.models import IncomingCall, Membership, Role
from app.services import incoming, people
from app.services.incoming import Maker, address_of
from tests.web.people import PASSWORD

DENIED = {"errors": {"text": ["Access is denied!"]}, "status": True}


@dataclass
class OtherSystem:
    """It has an address. Called with a method and a path below it."""

    client: FlaskClient
    webhook_id: str
    path: str
    from_address: str = "198.51.100.7"
    person_id: str = ""
    space_id: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        if body is not None:
            options["json"] = body
        headers = {**self.headers, **options.pop("headers", {})}
        environ = {"REMOTE_ADDR": self.from_address}
        return self.client.open(
            f"{self.path}{path}", method=method, headers=headers, environ_base=environ, **options
        )

    @property
    def calls(self) -> list[IncomingCall]:
        """The log, newest first."""
        with self.client.application.app_context():
            return (
                db.session.query(IncomingCall)
                .filter_by(incoming_webhook_id=self.webhook_id)
                .order_by(IncomingCall.id.desc())
                .all()
            )


def other_system(app: Flask, space_id: str, *tools: str, role: str = "admin", **settings: Any) -> OtherSystem:
    """One with a new incoming webhook that somebody in this role has made."""
    with app.test_request_context():
        person = people.create_person(f"{role}@example.com", PASSWORD, space_id, role)
        webhook = incoming.create(
            space_id, {"name": "Website", "tools": list(tools), **settings}, Maker(person.id)
        )
        path = address_of(webhook).removeprefix("http://localhost")
        return OtherSystem(app.test_client(), webhook.id, path, person_id=person.id, space_id=space_id)


def give_permissions(system: OtherSystem, *permissions: str) -> None:
    """From now on the person behind it has a role with these permissions and no other."""
    with system.client.application.app_context():
        role = Role(space_id=system.space_id, key=f"r{len(permissions)}{hash(permissions) % 10**9}", name="R")
        role.permissions = list(permissions)
        db.session.add(role)
        db.session.flush()
        db.session.get(Membership, (system.person_id, system.space_id)).role_id = role.id
        db.session.commit()


def remove_person(system: OtherSystem) -> None:
    """The person behind it leaves the space."""
    with system.client.application.app_context():
        db.session.delete(db.session.get(Membership, (system.person_id, system.space_id)))
        db.session.commit()
