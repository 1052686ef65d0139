"""The other obvious design: each delivery a Celery task that posts with requests and writes its rows."""

from __future__ import annotations

import os

from celery import Celery

from bench.baselines import deliver_one

app = Celery("baseline", broker=os.environ.get("BENCH_BROKER"))
app.conf.update(
    task_ignore_result=True, broker_connection_retry_on_startup=True, worker_hijack_root_logger=False
)


@app.task(name="deliver")
def deliver(database_url: str, url: str, delivery_id: str) -> None:
    """The same work as the job of `baselines.one_job_per_delivery`."""
    deliver_one(database_url, url, delivery_id)
