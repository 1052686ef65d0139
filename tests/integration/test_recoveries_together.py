"""Recoveries and maintenance workers side by side: nothing is sent twice."""

from __future__ import annotations

import threading

from app.core.extensions import db
from app.models import RecoveryItem
from app.services import recoveries
from tests.integration.test_recoveries import arrived, failed, run, scope_for

__all__ = ["failed", "run", "scope_for"]


def test_two_at_once_send_nothing_twice(failed, scope_for, run, receiver):
    webhook, ids = failed(40)
    first, second = recoveries.start(scope_for(webhook)), recoveries.start(scope_for(webhook))
    first, second = run(first), run(second)
    assert sorted(arrived(receiver)) == sorted(ids)
    assert first.succeeded + second.succeeded == 40
    assert first.state == second.state == "finished"


def test_several_maintenance_workers_at_two_recoveries_order_each_once(app, failed, scope_for, rows):
    webhook, _ids = failed(120)
    ids = [recoveries.start(scope_for(webhook)).id for _ in range(2)]

    def work() -> None:
        with app.test_request_context():
            for _ in range(4):
                for recovery_id in ids:
                    recoveries.take_step(recovery_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    items = db.session.query(RecoveryItem.delivery_id).all()
    assert len(items) == len(set(items)) == rows.statuses().count("pending")
    assert 50 <= len(items) <= 100  # as many as the windows of the two leave room for
