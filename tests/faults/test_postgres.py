"""PostgreSQL crashes (`pg_ctl stop -m immediate`) and comes back, also between a request and its record."""

from __future__ import annotations

import time

import pytest
from sqlalchemy.exc import OperationalError

from app.core.extensions import db
from app.models import Attempt
from tests.machine.databases import migrate
from tests.machine.postgres import Cluster
from tests.machine.receiver import Answer

pytestmark = pytest.mark.databases("postgresql")


@pytest.fixture
def database_url(own_postgres: Cluster, tmp_path) -> str:
    """A database in a server that the test may crash."""
    url = own_postgres.url(own_postgres.create())
    migrate(url, tmp_path / "migrating")
    return url


def _back(installation, own_postgres: Cluster) -> None:
    own_postgres.start()
    with installation.app.app_context():
        db.engine.dispose()


def test_crash_between_request_and_record(installation, new_worker, receiver, own_postgres):
    """What receivers answered meanwhile is kept in memory until the server is back: nothing is repeated."""
    receiver.always(Answer(200, delay_s=1))
    installation.add_webhook(max_in_flight=50, timeout_s=5)
    worker = new_worker()
    installation.publish(50)
    receiver.wait_for(50)
    own_postgres.stop()
    with pytest.raises(OperationalError):
        installation.publish(1)
    time.sleep(2)  # the answers come while there is nowhere to record them
    _back(installation, own_postgres)
    installation.publish(50)
    installation.wait_until_done()
    installation.assert_promises()
    assert len(receiver.requests) == 100
    assert worker.exit_code is None


@pytest.mark.slow_faults
def test_crash_of_server_and_worker_between_request_and_record(
    installation, new_worker, receiver, own_postgres
):
    installation.add_webhook(max_in_flight=50, timeout_s=5)
    receiver.always(Answer(200, delay_s=0.5))
    worker = new_worker()
    installation.publish(50)
    receiver.wait_for(50)
    own_postgres.stop()
    worker.kill()
    _back(installation, own_postgres)
    lost = installation.let_leases_end()
    receiver.always(Answer(200))
    new_worker()
    installation.wait_until_done()
    installation.assert_promises()
    assert len(receiver.requests) == 50 + lost
    with installation.app.app_context():
        assert db.session.query(Attempt).filter_by(outcome="unknown").count() == lost > 0


@pytest.mark.slow_faults
def test_crash_while_redis_is_away_too(installation, new_worker, receiver, own_postgres, redis_server):
    installation.add_webhook()
    worker = new_worker()
    installation.publish(1)
    receiver.wait_for(1)
    redis_server.stop()
    own_postgres.stop()
    time.sleep(3)
    assert worker.exit_code is None, worker.output()[-3000:]
    _back(installation, own_postgres)
    installation.publish(20)
    installation.wait_until_done()
    installation.assert_promises()
    assert worker.exit_code is None
