"""Each method in each format is really sent, and then read by lists and details, on both databases."""

from __future__ import annotations

from itertools import product

from flask import Flask

from app.models.webhook import METHODS
from tests.api.conftest import caller_in

FORMATS = ("standard", "space", "notification", "sns", "plain")


def test_whatever_was_sent_can_be_read(app: Flask, new_webhook, publish, runtime, space_id) -> None:
    kinds = list(product(METHODS, FORMATS))
    for number, (method, layout) in enumerate(kinds):
        new_webhook(name=f"{method} {layout}", method=method, format=layout, projects=[f"p{number}"])
        publish(project_id=f"p{number}")
    while runtime.sweep():
        pass
    call = caller_in(app, space_id)
    listed = call("GET", "/deliveries?limit=200").json["data"]
    assert len(listed) == len(kinds)
    for delivery in listed:
        (attempt,) = delivery["attempts"]
        assert attempt["outcome"] == "succeeded"
        whole = call("GET", f"/deliveries/{delivery['id']}").json["attempts"][0]
        assert whole["request"] == attempt["request"]
        assert (attempt["request"]["body"] == "") == (attempt["request"]["method"] in ("GET", "DELETE"))
