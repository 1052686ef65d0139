"""What a resend job reads goes along an index, before it starts and while it runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.extensions import db
from app.models import Incident, Recovery, RecoveryItem, Webhook
from app.queries.recoveries import counting, resolving
from app.queries.recoveries.candidates import next_candidates
from app.queries.recoveries.failures import scope_of_incident
from app.queries.recoveries.listing import recoveries_of, under_way
from app.queries.recoveries.scope import Scope
from app.services.recoveries.settling import count_open, settle
from tests.web.test_plans import NOW, much, plan_of, scans_in, watched

__all__ = ["much"]


@pytest.fixture
def recovery(much, space_id) -> Recovery:
    """One that is under way, with what it ordered."""
    made = Recovery(space_id=space_id, webhook_id=much[0], actor_kind="us", actor_name="-")
    session = db.session()
    session.add(made)
    session.flush()
    ids = session.scalars(resolving._of_space(Scope(space_id, "", ("failed",)), "failed").limit(50)).all()
    session.add_all(
        RecoveryItem(recovery_id=made.id, delivery_id=f"dlv_{n}", was="failed") for n, _ in enumerate(ids)
    )
    session.commit()
    return made


@pytest.fixture
def incident(much, space_id) -> Incident:
    """One that is open since ten minutes."""
    made = Incident(space_id=space_id, webhook_id=much[0], opened_at=NOW - timedelta(minutes=10))
    db.session.add(made)
    db.session.commit()
    return made


def test_no_look_of_a_resend_job_scans(much, recovery, incident, space_id, monkeypatch):
    monkeypatch.setattr(counting, "LOOKED_AT", 1000)  # as much smaller as the tables are
    session, webhook = db.session(), db.session.get_one(Webhook, much[0])
    since = NOW - timedelta(minutes=10)
    whole = Scope(space_id, much[0], ("failed", "held", "never_sent"), since, NOW)
    of_space = Scope(space_id, "", ("failed", "held"), since, NOW)
    with watched() as statements:
        counting.count_scope(session, whole, webhook)
        next_candidates(session, whole, webhook, "0", 50)
        next_candidates(session, Scope(space_id, much[0], failed_of=recovery.id), webhook, "0", 50)
        of_incident = scope_of_incident(session, incident)
        counting.count_scope(session, of_incident, webhook)
        next_candidates(session, of_incident, webhook, "0", 50)
        resolving.scopes_of_time(session, of_space)
        resolving.first_and_last(session, whole)
        count_open(session, recovery.id)
        settle(session, recovery)
        under_way()
        recoveries_of(space_id)
    session.rollback()
    plans = {statement: plan_of(statement, parameters) for statement, parameters in statements}
    assert len(plans) >= 12
    assert {statement: plan for statement, plan in plans.items() if scans_in(plan)} == {}
