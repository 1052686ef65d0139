"""A webhook is edited, disabled, deleted, its key rotated, between two attempts of one delivery."""

from __future__ import annotations

import pytest
from standardwebhooks import Webhook as Verifier

from app.core.extensions import db
from app.models import Delivery
from app.services import webhooks
from tests.machine.receiver import Answer

pytestmark = pytest.mark.slow_faults

GAP_S = 2


@pytest.fixture
def failed_once(installation, new_worker, receiver):
    """A webhook whose only delivery has failed once and is tried again in a moment; a neighbour that works."""
    webhook_id = installation.add_webhook(schedule=[GAP_S, GAP_S])
    installation.add_webhook()
    receiver.always(Answer(500), "/0")
    new_worker()
    installation.publish(1)
    receiver.wait_for(2)
    return webhook_id


def _settled(installation) -> None:
    installation.wait_until_done()
    installation.assert_promises()


def _paths(receiver) -> list[str]:
    return [r.path for r in receiver.requests if r.path != "/1"]


def test_edited(installation, failed_once, receiver):
    installation.told.paths["/new"] = failed_once
    with installation.app.test_request_context():
        webhooks.update(installation.space_id, failed_once, {"url": receiver.at("/new")})
    _settled(installation)
    assert _paths(receiver) == ["/0", "/new"]


def test_disabled_then_enabled_and_sent(installation, failed_once, receiver):
    with installation.app.test_request_context():
        webhooks.disable(installation.space_id, failed_once)
        held = db.session.query(Delivery).filter_by(status="held").count()
    receiver.always(Answer(200), "/0")
    # What the first try left may still be on its way into the database: the sweep holds it then.
    assert held <= 1
    with pytest.raises(TimeoutError):
        receiver.wait_for(3, GAP_S + 1.5)
    with installation.app.test_request_context():
        assert db.session.query(Delivery).filter_by(status="held").count() == 1
        webhooks.enable(installation.space_id, failed_once, force=True)
        webhooks.resume(installation.space_id, failed_once, "send")
    _settled(installation)
    assert _paths(receiver) == ["/0", "/0"]


def test_deleted(installation, failed_once, receiver):
    installation.told.unhealthy.add(failed_once)
    with installation.app.test_request_context():
        webhooks.delete(installation.space_id, failed_once)
    _settled(installation)
    assert _paths(receiver) == ["/0"]
    with installation.app.app_context():
        assert {d.status for d in db.session.query(Delivery).filter_by(webhook_id=failed_once)} == {
            "cancelled"
        }


def test_key_rotated(installation, failed_once, receiver):
    with installation.app.test_request_context():
        old = webhooks.reveal_secret(installation.space_id, failed_once)
        new = webhooks.rotate_secret(installation.space_id, failed_once)
    receiver.always(Answer(200), "/0")
    _settled(installation)
    first, second = [r for r in receiver.requests if r.path == "/0"]
    for secret, request in ((old, first), (old, second), (new, second)):
        Verifier(secret).verify(request.body, {name.lower(): value for name, value in request.headers})
