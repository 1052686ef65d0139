"""Calls of incoming webhooks that nobody thought of: each has an answer of ours, none ends in a 5xx (D2)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.catalogue import load_kinds
from app.services.incoming.sources import crud
from app.services.incoming.tools import tools
from tests.api.incoming import OtherSystem, other_system
from tests.api.test_fuzz import JSON, TEXT

pytestmark = pytest.mark.databases("sqlite")
ANSWERS = {200, 201, 202, 204, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429}
MANY = settings(
    max_examples=80,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
PATHS = st.sampled_from(
    [
        f"/{kind.tool}/v1/{kind.path}{rest}"
        for kind in load_kinds().values()
        for rest in ("", "/1", "/1/stage")
    ]
    + ["/events/v1/lead.created", "/events/v1/hub", "/events/v1/x"]
)


@pytest.fixture
def system(app: Flask, space_id: str) -> OtherSystem:
    """Another system that may use everything, and a source of its own."""
    made = other_system(app, space_id, *tools())
    with app.test_request_context():
        data = {"key": "hub", "preset": "none", "type_path": "type", "object_id_path": "id"}
        crud.add_source(space_id, made.webhook_id, data)
    return made


def names(path: str) -> list[str]:
    """Fields that a kind at this path has."""
    kind = next((k for k in load_kinds().values() if path.startswith(f"/{k.tool}/v1/{k.path}")), None)
    return list(kind.fields)[:40] if kind else ["type", "id"]


def test_bodies(system: OtherSystem) -> None:
    """Objects with the names of fields and others, and whatever else is JSON."""

    @MANY
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        method, path = data.draw(METHODS), data.draw(PATHS)
        objects = st.dictionaries(st.sampled_from([*names(path), "stage"]) | TEXT, JSON, max_size=5)
        answer = system(method, path, data.draw(objects | JSON))
        assert answer.status_code in ANSWERS, (method, path, answer.text)

    check()


def test_paths_queries_and_raw_bodies(system: OtherSystem) -> None:
    """Anything at all."""

    @MANY
    @given(
        method=METHODS,
        path=PATHS,
        more=st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
        query=st.dictionaries(
            st.sampled_from(["limit", "cursor", "q", "stage", "sort", "x"]), TEXT, max_size=3
        ),
        body=st.binary(max_size=50),
        kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/plain", ""]),
    )
    def check(method: str, path: str, more: str, query: dict[str, Any], body: bytes, kind: str) -> None:
        answer = system(
            method, f"{path}/{more}" if more else path, query_string=query, data=body, content_type=kind
        )
        assert answer.status_code in ANSWERS | {308}, (method, path, more, answer.text)

    check()
