"""For Prometheus: how many, how late, how full. Read by whoever is on this machine, or holds METRICS_TOKEN."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from ipaddress import ip_address

from flask import Blueprint, abort, current_app, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from werkzeug.wrappers import Response

from app.queries.metrics import Metrics, read_metrics
from app.web.permissions import public

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
@public
def metrics() -> Response:
    """The metrics as text; 403 for anybody else: how much a product sends is nobody's business."""
    if not (_is_on_this_machine() or _has_token()):
        abort(403)
    registry = CollectorRegistry()
    registry.register(_Read(read_metrics()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Read(Collector):
    """What was read for this answer, in the terms of Prometheus."""

    def __init__(self, read: Metrics) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        read = self._read
        deliveries = GaugeMetricFamily(
            "hookdesk_deliveries", "Deliveries by status since the beginning.", labels=["status"]
        )
        for status in ("delivered", "failed", "cancelled", "held"):
            deliveries.add_metric([status], read.counts[status])
        deliveries.add_metric(["waiting"], read.waiting)
        yield deliveries
        attempts = CounterMetricFamily(
            "hookdesk_attempts", "Attempts by outcome since the beginning.", labels=["outcome"]
        )
        attempts.add_metric(["succeeded"], read.counts["attempts_ok"])
        attempts.add_metric(["failed"], read.counts["attempts_failed"])
        yield attempts
        yield from (
            GaugeMetricFamily("hookdesk_queue_depth", "Deliveries that are to be sent.", read.waiting),
            GaugeMetricFamily(
                "hookdesk_queue_oldest_due_seconds", "How long the oldest has been due.", read.oldest_due_s
            ),
            GaugeMetricFamily("hookdesk_leases", "Deliveries that a worker holds.", read.leases),
            GaugeMetricFamily(
                "hookdesk_in_flight",
                "Deliveries that workers have leased: under way, or soon.",
                read.in_flight,
            ),
            GaugeMetricFamily(
                "hookdesk_events_last_minute",
                "Events accepted in the last 60 seconds.",
                read.events_last_minute,
            ),
        )


def _is_on_this_machine() -> bool:
    """True for a caller on the loopback interface itself: what a proxy hands on comes from anywhere."""
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not forwarded and ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104 (compared)


def _has_token() -> bool:
    wanted = current_app.config["SETTINGS"].metrics_token
    given = request.headers.get("Authorization", "").partition("Bearer ")[2]
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())
