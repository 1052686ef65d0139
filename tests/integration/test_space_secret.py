"""The secret of the format `space`: who makes the webhook is told what the receiver is told (S3)."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.api.shapes import webhook_out
from app.core.extensions import db
from app.queries.webhooks.listing import totals_of
from app.services import webhooks

pytestmark = pytest.mark.databases("sqlite")


def test_it_is_shown_with_the_key_sent_and_kept_nowhere(space_id, receiver):
    data = {"name": "S3", "url": receiver.url, "events": ["lead.created"], "format": "space"}
    made = webhooks.create(space_id, data)
    totals = totals_of([made.webhook.id])[made.webhook.id]
    told = webhook_out(made.webhook, totals, secret=made.secret)["space_secret"]
    assert "space_secret" not in webhook_out(made.webhook, totals)
    attempt = webhooks.test(space_id, None, made.webhook.id).attempt
    body = receiver.wait_for(1)[0].json()
    assert (body["secret"], body["id_space"]) == (told, space_id)
    assert told.encode() not in attempt.request_body
    webhooks.rotate_secret(space_id, made.webhook.id)
    webhooks.test(space_id, None, made.webhook.id)
    assert receiver.wait_for(2)[1].json()["secret"] != told
    for table in db.metadata.tables:
        rows = db.session.execute(text(f"select * from {table}")).all()
        assert told not in repr(rows)
