"""A space, a webhook and a worker's worker runtime, in this process, on each database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Attempt, Delivery, Webhook
from app.queries.deliveries.explanations import explain_attempt
from app.queries.deliveries.sent import fill_in_sent
from app.services import oauth_credentials, spaces, webhooks
from app.services.events import publishing
from tests.machine.maintenance import maintain as run_maintenance
from tests.machine.oauth_records import CLIENT_ID, CLIENT_SECRET
from tests.machine.oauth_server import OAuthServer
from tests.machine.receiver import Receiver
from workers.runtime import WorkerRuntime

CLIENT = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    """Everything here happens in a request's context, as gettext wants it."""
    with app.test_request_context():
        yield
        db.session.rollback()


@pytest.fixture
def space_id(inside: None) -> str:
    """A space."""
    return str(spaces.create_space("Acme").id)


@pytest.fixture
def runtime(app: Flask) -> Iterator[WorkerRuntime]:
    """What a worker process holds; `sweep()` delivers all that is due."""
    made = WorkerRuntime(app)
    yield made
    made.close()


@pytest.fixture
def maintain(inside: None) -> Callable[[], None]:
    """Lets every step of the maintenance that waits for nobody do all it has to do."""
    return run_maintenance


@pytest.fixture
def new_webhook(space_id: str, receiver: Receiver) -> Callable[..., Webhook]:
    """Makes webhooks to the receiver that are on; arguments change their settings."""

    def make(on: bool = True, **changes: Any) -> Webhook:
        data = {"name": "CRM sync", "url": receiver.url, "events": ["lead.created"], **changes}
        webhook = webhooks.create(space_id, data).webhook
        return webhooks.enable(space_id, webhook.id, force=True) if on else webhook

    return make


@pytest.fixture
def publish(space_id: str) -> Callable[..., str]:
    """Publishes an event and returns its id."""

    def make(event_type: str = "lead.created", **fields: Any) -> str:
        item = {"type": event_type, "data": {"id": 4711}, **fields}
        return publishing.publish(space_id, [item])[0].id

    return make


@pytest.fixture
def new_oauth_credential(space_id: str, oauth_server: OAuthServer) -> Callable[..., str]:
    """Makes OAuth credentials at the server; returns their ids."""

    def make(grant: str = "client_credentials", parameters=None, **changes) -> str:
        data = {
            "name": "CRM sign-in",
            "token_url": oauth_server.token_url,
            "parameters": {"grant_type": grant, **CLIENT, **(parameters or {})},
            **changes,
        }
        return oauth_credentials.create(space_id, data).id

    return make


@pytest.fixture
def new_hook(new_webhook, new_oauth_credential, oauth_server):
    """Makes webhooks to the guarded receiver that use an OAuth credential."""

    def make(oauth_credential: str | None = None, **changes):
        auth = {"kind": "oauth", "credential_id": oauth_credential or new_oauth_credential()}
        return new_webhook(url=oauth_server.hook_url, auth=auth, **changes)

    return make


class Rows:
    """What stands in the database now."""

    @staticmethod
    def deliveries() -> list[Delivery]:
        """All deliveries, oldest first."""
        db.session.commit()
        db.session.expire_all()
        return db.session.query(Delivery).order_by(Delivery.id).all()

    @staticmethod
    def statuses() -> list[str]:
        """Their statuses."""
        return [d.status for d in Rows.deliveries()]

    @staticmethod
    def make_due() -> None:
        """Let the waiting time of all that wait for a retry pass."""
        for delivery in Rows.deliveries():
            if delivery.status == "pending":
                delivery.due_at = utc_now() - timedelta(seconds=1)
        db.session.commit()

    @staticmethod
    def attempts() -> list[Attempt]:
        """All tries, oldest first."""
        db.session.commit()
        db.session.expire_all()
        attempts = db.session.query(Attempt).order_by(Attempt.id).all()
        fill_in_sent(attempts)
        return attempts

    @staticmethod
    def webhook(webhook_id: str) -> Webhook:
        """A webhook as it is stored, deleted or not."""
        db.session.commit()
        db.session.expire_all()
        return db.session.get_one(Webhook, webhook_id)

    @staticmethod
    def explanation() -> tuple[str, str, str]:
        """What the newest try is explained by: what, the next step, who acts."""
        explained = explain_attempt(Rows.attempts()[-1], 5, str)
        assert explained is not None
        return tuple(explained)


@pytest.fixture
def rows(inside: None) -> Rows:
    """A look into the database."""
    return Rows()
