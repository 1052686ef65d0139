"""What is asked every few seconds, and what a page of changes reads, goes along an index."""

from __future__ import annotations

import re

import pytest

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Incident
from app.queries.alerts import latest_notices
from app.queries.changes import changes_of
from app.queries.incidents import find_incidents, recent_incidents
from app.queries.webhooks.confirmations import newest_links
from app.queries.webhooks.recovery_probes import next_pings
from app.services.alerts import digests, mail, notices
from app.services.alerts.choices import to_be_told
from app.services.events.failed_deliveries import publish_failed
from app.services.incidents import announce, finding
from app.services.receiver_checks import asking, certificates, running
from app.services.webhooks import recovery_probe
from tests.web.test_plans import plan_of, watched

pytestmark = pytest.mark.databases("sqlite")
# Tables with as many rows as there are webhooks, people, letters or changes.
GROW = {
    *("webhook", "lane", "change", "notice", "mail", "recovery_probe", "confirmation", "membership"),
    *("receiver_check", "receiver_watch", "digest_entry", "subscription", "attempt", "delivery"),
    *("incident", "incident_announcement"),
}


def test_no_step_and_no_page_scans(app, space_id, new_webhook, settings):
    webhook = new_webhook(back_by_itself=True)
    webhook.state, webhook.state_reason = "stopped", "failures"
    incident = Incident(space_id=space_id, webhook_id=webhook.id, opened_at=utc_now())
    db.session.add(incident)
    db.session.commit()
    with watched() as statements:
        notices.look()
        mail._anything_due()
        recovery_probe.ping_due(lambda _session, _webhook: None, lambda: False)
        changes_of(space_id, webhook.id, "chg_0")
        newest_links([webhook.id])
        next_pings([webhook])
        latest_notices(space_id)
        to_be_told(db.session(), space_id, "stopped")
        asking.anything_scheduled()
        running.runnable((), 8)
        certificates.look_at_due()
        digests.write_due()
        publish_failed()
        finding.to_open()
        finding.to_follow()
        finding.follow(db.session(), incident.id)
        announce.untold(db.session())
        recent_incidents(space_id, utc_now())
        find_incidents(space_id, str, webhook.id, is_open=True)
    db.session.rollback()
    assert len(statements) >= 8
    scans = {}
    for statement, parameters in statements:
        plan = plan_of(statement, parameters)
        found = set(re.findall(r"^SCAN (\w+)(?! USING (?:COVERING )?INDEX)", plan, re.MULTILINE)) & GROW
        if found:
            scans[statement] = plan
    assert scans == {}
