"""/metrics: true numbers, for this machine and for whoever holds the token."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Delivery
from app.models.delivery import FAILED, HELD, PENDING, SENDING, SUCCEEDED
from tests.web.makers import make_delivery, make_webhook


def read(answer) -> dict[str, float]:
    """Each sample by its name and the value of its label."""
    samples = (sample for family in text_string_to_metric_families(answer.text) for sample in family.samples)
    return {".".join([one.name, *one.labels.values()]): one.value for one in samples}


def test_the_numbers_are_true(app, client, space_id):
    with app.test_request_context():
        webhook = make_webhook(space_id)
        for state in (SUCCEEDED, SUCCEEDED, FAILED, HELD, PENDING, SENDING):
            make_delivery(space_id, webhook, state, at=utc_now())
        db.session.query(Delivery).filter_by(status=PENDING).update(
            {"due_at": utc_now() - timedelta(seconds=90)}
        )
        db.session.commit()
    seen = read(client.get("/metrics"))
    by_status = {name: seen[f"hookdesk_deliveries.{name}"] for name in ("delivered", "failed", "held")}
    assert by_status == {"delivered": 2, "failed": 1, "held": 1}
    assert (seen["hookdesk_attempts_total.succeeded"], seen["hookdesk_attempts_total.failed"]) == (2, 3)
    assert (seen["hookdesk_queue_depth"], seen["hookdesk_leases"]) == (2, 1)
    assert seen["hookdesk_events_last_minute"] == 6
    assert 90 <= seen["hookdesk_queue_oldest_due_seconds"] < 120


def test_an_empty_program_has_numbers_too(client):
    seen = read(client.get("/metrics"))
    assert seen["hookdesk_queue_depth"] == seen["hookdesk_queue_oldest_due_seconds"] == 0


@pytest.mark.databases("sqlite")
def test_from_elsewhere_only_with_the_token(app, client, monkeypatch):
    away = {"REMOTE_ADDR": "198.51.100.7"}
    settings = app.config["SETTINGS"]
    right = {"Authorization": "Bearer a-token-of-16-letters"}
    assert client.get("/metrics", environ_base=away, headers=right).status_code == 403
    app.config["SETTINGS"] = type(settings)(
        **{name: getattr(settings, name) for name in settings.__slots__}
        | {"metrics_token": "a-token-of-16-letters"}
    )
    assert client.get("/metrics", environ_base=away, headers=right).status_code == 200
    wrong = {"Authorization": "Bearer a-token-of-17-letters"}
    assert client.get("/metrics", environ_base=away, headers=wrong).status_code == 403
    assert client.get("/metrics", environ_base=away).status_code == 403


@pytest.mark.databases("sqlite")
def test_what_a_proxy_on_this_machine_hands_on_is_from_elsewhere(client):
    assert client.get("/metrics", headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 403
