"""The web process is killed in the midst of saving records: what was saved is sent, record and event are one."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import requests
from flask import Flask

from app.core.extensions import db
from app.models import Event, Record
from app.services import api_keys, webhooks
from tests.machine.ports import free_port
from tests.machine.processes import web, worker
from tests.machine.receiver import Receiver
from tests.machine.redis import RedisServer

SAVERS = 4


def test_killed_between_save_and_delivery_nothing_is_lost(
    app: Flask,
    space_id: str,
    settings: dict[str, str],
    redis_server: RedisServer,
    receiver: Receiver,
    tmp_path: Path,
) -> None:
    """kill -9 while four programs save; only then a worker starts, and every record reaches the receiver."""
    hook = {"name": "CRM", "url": receiver.url, "events": ["lead.created"]}
    webhook_id = webhooks.create(space_id, hook).webhook.id
    webhooks.enable(space_id, webhook_id, force=True)
    before = len(receiver.requests)
    _key, text = api_keys.create_key(space_id, "Shop", ["records:write"])
    db.session.commit()
    more = {**settings, "REDIS_URL": redis_server.url, "PORT": str(free_port())}
    server, told, enough = web(more, tmp_path / "web.log"), Counter[str](), threading.Event()

    def save_on() -> None:
        for _n in range(500):
            try:
                answer = requests.post(
                    f"{server.url}/api/v1/records/lead",
                    json={"title": "Rooftop"},
                    headers={"Authorization": f"Bearer {text}"},
                    timeout=10,
                )
            except requests.RequestException:
                return  # the server is dead: whether this one was saved, only the database knows
            if answer.status_code == 201:
                told[str(answer.json()["id"])] += 1
            if sum(told.values()) > 40:
                enough.set()

    server.start()
    server.wait_for_health()
    threads = [threading.Thread(target=save_on) for _ in range(SAVERS)]
    for thread in threads:
        thread.start()
    try:
        assert enough.wait(30)
    finally:
        server.kill()
        for thread in threads:
            thread.join()

    db.session.rollback()
    saved = {record.own_id for record in db.session.query(Record)}
    events = Counter(event.object_id for event in db.session.query(Event).filter_by(type="lead.created"))
    assert set(told) <= saved, "answered, and not saved"
    assert events == Counter(saved), "a record without its event, or the other way round"
    delivery = worker(more, tmp_path / "worker.log")
    delivery.start()
    try:
        sent = receiver.wait_for(before + len(saved))[before:]
    finally:
        delivery.kill()
    assert {str(one.json()["data"]["id"]) for one in sent} == saved
