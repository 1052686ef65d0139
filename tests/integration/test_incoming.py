"""Incoming webhooks beside everything else: shared speed, retention, plans, logs without tokens (D1, D4)."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import ms_of, utc_now
from app.maintenance.retention import remove_old
from app.models import IncomingAddress, IncomingCall
from app.models.incoming_webhook import CALL, CALL_BEFORE
from app.queries.incoming import page_of_calls
from app.services import incoming, spaces
from app.services.incoming import record_calls
from tests.api.incoming import OtherSystem, other_system
from tests.machine.redis import RedisServer

ONE = pytest.mark.databases("sqlite")
LEADS = "/crm/v1/entities/lead"


@pytest.fixture
def made(app: Flask) -> Callable[..., OtherSystem]:
    """Makes another system in a space of its own."""

    def make(*tools: str, on: Flask = app, **settings: object) -> OtherSystem:
        with on.test_request_context():
            space_id = spaces.create_space(f"Acme {new_id('x')}").id
        return other_system(on, space_id, *(tools or ("crm",)), role="owner", **settings)

    return make


def beside(system: OtherSystem, app: Flask) -> OtherSystem:
    """The same other system, which reaches another web process."""
    return OtherSystem(app.test_client(), system.webhook_id, system.path)


@ONE
def test_all_web_processes_count_together(
    app_with: Callable[..., Flask], made: Callable[..., OtherSystem], redis_server: RedisServer
) -> None:
    first, second = app_with(REDIS_URL=redis_server.url), app_with(REDIS_URL=redis_server.url)
    system = made(on=first, rate_per_minute=4)
    other = beside(system, second)
    codes = [one("GET", LEADS).status_code for _n in range(3) for one in (system, other)]
    assert codes == [200] * 4 + [429] * 2


@ONE
def test_with_redis_away_each_process_counts_by_itself_and_nobody_waits(
    app_with: Callable[..., Flask], made: Callable[..., OtherSystem], redis_server: RedisServer
) -> None:
    system = made(on=app_with(REDIS_URL=redis_server.url), rate_per_minute=3)
    assert system("GET", LEADS).status_code == 200
    redis_server.freeze()
    try:
        began = time.monotonic()
        codes = [system("GET", LEADS).status_code for _n in range(5)]
        assert time.monotonic() - began < 3
    finally:
        redis_server.thaw()
    assert codes == [200] * 3 + [429] * 2


def test_old_calls_and_ended_addresses_go(app: Flask, made: Callable[..., OtherSystem]) -> None:
    system = made()
    system("GET", LEADS)
    old, recent = utc_now() - timedelta(days=91), utc_now() - timedelta(days=89)
    with app.test_request_context():
        for at in (old, recent):
            for prefix in (CALL_BEFORE, CALL):
                row = IncomingCall(
                    id=new_id(prefix, ms_of(at)), incoming_webhook_id=system.webhook_id, called_at=at
                )
                row.from_address, row.method, row.path, row.status, row.duration_ms = (
                    "::1",
                    "GET",
                    "/",
                    200,
                    1,
                )
                db.session.add(row)
            address = IncomingAddress(id=new_id("ina", ms_of(at)), incoming_webhook_id=system.webhook_id)
            address.token_hash, address.encrypted_token, address.ends_at = str(at), "x", at
            db.session.add(address)
        db.session.commit()
        assert remove_old(90) == 3
        assert db.session.query(IncomingCall).count() == 3
        assert db.session.query(IncomingAddress).count() == 2
    assert system("GET", LEADS).status_code == 200


def test_a_page_of_calls_and_the_look_for_an_address_use_an_index(
    app: Flask, made: Callable[..., OtherSystem]
) -> None:
    system = made()
    with app.test_request_context():
        calls = "select id from incoming_call where incoming_webhook_id = 'x' and id < 'y' order by id desc limit 26"
        token = "select id from incoming_address where token_hash = 'x'"
        listed = "select id from incoming_webhook where space_id = 'x' and id > 'y' order by id limit 51"
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("set local enable_seqscan = off"))
            plans = [str(db.session.execute(text(f"explain {q}")).all()) for q in (calls, token, listed)]
        else:
            plans = [
                str(db.session.execute(text(f"explain query plan {q}")).all()) for q in (calls, token, listed)
            ]
        assert "ix_incoming_call_incoming_webhook_id" in plans[0]
        assert "token_hash" in plans[1]
        assert "ix_incoming_webhook_space_id" in plans[2]
        assert not any("TEMP B-TREE" in plan or "Sort" in plan for plan in plans)
        assert page_of_calls(system.webhook_id).calls == []


@ONE
def test_calls_are_paged_by_key(app: Flask, made: Callable[..., OtherSystem]) -> None:
    system = made()
    for n in range(5):
        system("GET", f"{LEADS}/{n}")
    with app.test_request_context():
        first = page_of_calls(system.webhook_id, limit=2)
        rest = page_of_calls(system.webhook_id, first.next_cursor, limit=10)
        paths = [call.path for call in (*first.calls, *rest.calls)]
    assert paths == [f"{LEADS}/{n}" for n in (4, 3, 2, 1, 0)]
    assert rest.next_cursor is None


@ONE
def test_the_token_stands_in_no_log(
    made: Callable[..., OtherSystem], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def break_down(*_given: object) -> None:
        raise ZeroDivisionError("ours")

    system = made()
    monkeypatch.setattr(record_calls, "serve", break_down)
    answer = system("GET", LEADS)
    assert answer.status_code == 500
    assert answer.json["reference"]
    logged = "".join(capsys.readouterr())
    assert "/in/…/crm/v1/entities/lead" in logged
    assert system.path.rpartition("/")[2] not in logged
    assert system.calls[0].reason == "internal"
    kept = [str(getattr(system.calls[0], column.key)) for column in IncomingCall.__table__.columns]
    assert not any(system.path.rpartition("/")[2] in value for value in kept)


@ONE
def test_an_unknown_address_takes_as_long_as_a_deleted_or_misshapen_one(
    app: Flask, made: Callable[..., OtherSystem]
) -> None:
    """They go the same way: one look by the hash. The medians differ by less than the noise of the machine."""
    system = made()
    with app.test_request_context():
        incoming.delete(system.space_id, system.webhook_id)
    paths = {"deleted": system.path, "unknown": f"/in/{'A' * 32}", "misshapen": "/in/x"}
    times: dict[str, list[float]] = {name: [] for name in paths}
    client = app.test_client()
    for _n in range(60):
        for name, path in paths.items():
            began = time.perf_counter()
            assert client.get(f"{path}{LEADS}").status_code == 404
            times[name].append(time.perf_counter() - began)
    medians = [statistics.median(each) for each in times.values()]
    assert max(medians) < 1.5 * min(medians)
