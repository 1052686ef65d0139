"""What we measure ourselves against, in the same run: a bare libcurl loop, and one RQ job per delivery."""

from __future__ import annotations

import time

import pycurl
import requests
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine

from app.core.ids import new_id
from app.core.times import now_ms

IN_FLIGHT = 100


def bare_libcurl(url: str, body: bytes, count: int) -> float:
    """Requests per second of a pycurl multi loop that does nothing else: no rows, no signature, no checks."""
    multi = pycurl.CurlMulti()
    handles = [_handle(url, body) for _ in range(min(IN_FLIGHT, count))]
    started = time.perf_counter()
    for handle in handles:
        multi.add_handle(handle)
    sent, done = len(handles), 0
    while done < count:
        multi.perform()
        more = 1
        while more:
            more, succeeded, failed = multi.info_read()
            if failed:
                raise RuntimeError(f"The bare loop failed: {failed[0][2]}")
            for handle in succeeded:
                multi.remove_handle(handle)
                done += 1
                if sent < count:
                    multi.add_handle(handle)
                    sent += 1
        multi.select(1.0)
    return count / (time.perf_counter() - started)


def _handle(url: str, body: bytes) -> pycurl.Curl:
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.POSTFIELDS, body)
    handle.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json", "Expect:"])
    handle.setopt(pycurl.WRITEFUNCTION, lambda _data: None)
    return handle


def one_job_per_delivery(redis_url: str, database_url: str, url: str, ids: list[str]) -> float:
    """Deliveries per second of the obvious design: each an RQ job that posts with requests and writes its rows.

    RQ's SimpleWorker, the faster of its workers, so that the comparison is fair.
    """
    connection = Redis.from_url(redis_url)
    queue = Queue("baseline", connection=connection, serializer=JSONSerializer)
    for delivery_id in ids:
        queue.enqueue_call(
            "bench.baselines.deliver_one", (database_url, url, delivery_id), result_ttl=0, timeout=30
        )
    worker = SimpleWorker([queue], connection=connection, serializer=JSONSerializer)
    started = time.perf_counter()
    worker.work(burst=True, logging_level="WARNING")
    return len(ids) / (time.perf_counter() - started)


_engines: dict[str, Engine] = {}
_session = requests.Session()


def deliver_one(database_url: str, url: str, delivery_id: str) -> None:
    """The job of `one_job_per_delivery`: read, post, write the attempt, move the delivery."""
    engine = _engines.get(database_url) or _engines.setdefault(database_url, create_engine(database_url))
    with engine.connect() as connection:
        data = connection.execute(
            text("select event.data from delivery join event on event.id = event_id where delivery.id = :id"),
            {"id": delivery_id},
        ).scalar_one()
    started = now_ms()
    answer = _session.post(url, data=data, headers={"Content-Type": "application/json"}, timeout=5)
    with engine.begin() as connection:
        connection.execute(text(_ATTEMPT), _attempt(delivery_id, url, data, answer, started))
        connection.execute(
            text("update delivery set status = 'succeeded', attempts_count = 1 where id = :id"),
            {"id": delivery_id},
        )


_ATTEMPT = """
insert into attempt (id, space_id, webhook_id, delivery_id, number, trigger, started_at, duration_us, method, url,
  request_headers, request_body, status, response_headers, response_body, body_size, truncated, outcome, detail, facts)
select :id, space_id, webhook_id, id, 1, 'scheduled', :started, :duration, 'POST', :url, :headers, :data, :status,
  :answer_headers, :answer, :size, false, 'succeeded', '', :facts from delivery where id = :delivery_id
"""


def _attempt(
    delivery_id: str, url: str, data: bytes, answer: requests.Response, started: int
) -> dict[str, object]:
    return {
        "id": new_id("att"),
        "delivery_id": delivery_id,
        "started": started,
        "duration": int(answer.elapsed.total_seconds() * 1e6),
        "url": url,
        "headers": str(dict(answer.request.headers)).encode(),
        "data": data,
        "status": answer.status_code,
        "answer_headers": str(dict(answer.headers)).encode(),
        "answer": answer.content,
        "size": len(answer.content),
        "facts": b"{}",
    }
