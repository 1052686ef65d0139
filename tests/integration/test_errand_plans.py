"""What is asked every few seconds, and what a page of changes reads, goes along an index."""

from __future__ import annotations

import re

import pytest

from app.extensions import db
from app.queries.changes import changes_of
from app.queries.comebacks import next_pings
from app.queries.confirmations import newest_links
from app.queries.notices import latest_notices, managers_of
from app.services import mail, notices
from app.services.webhooks import comeback
from tests.dashboard.test_plans import plan_of, watched

pytestmark = pytest.mark.databases("sqlite")
# Tables with as many rows as there are webhooks, people, letters or changes.
GROW = {"webhook", "lane", "change", "notice", "mail", "comeback", "confirmation", "membership"}


def test_no_errand_and_no_page_scans(app, space_id, new_webhook, settings):
    webhook = new_webhook(back_by_itself=True)
    webhook.state, webhook.state_reason = "stopped", "failures"
    with watched() as statements:
        notices.look()
        mail._anything_due()
        comeback.ping_due(lambda _session, _webhook: None, lambda: False)
        changes_of(space_id, webhook.id, "chg_0")
        newest_links([webhook.id])
        next_pings([webhook])
        latest_notices(space_id)
        managers_of(space_id)
    db.session.rollback()
    assert len(statements) >= 8
    scans = {}
    for statement, parameters in statements:
        plan = plan_of(statement, parameters)
        found = set(re.findall(r"^SCAN (\w+)(?! USING (?:COVERING )?INDEX)", plan, re.MULTILINE)) & GROW
        if found:
            scans[statement] = plan
    assert scans == {}
