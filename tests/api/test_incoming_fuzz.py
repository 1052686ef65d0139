"""Calls of incoming webhooks that nobody thought of: each has an answer of ours, none ends in a 5xx (D2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.api.incoming.document import document_at
from app.catalogue import load_kinds
from app.services.incoming.sources import crud
from app.services.incoming.tools import tools
from tests.api.documented import MANY, MOSTLY, Things, cases, check_answer, name_things, operations
from tests.api.incoming import OtherSystem, other_system

pytestmark = pytest.mark.databases("sqlite")
ANSWERS = {200, 201, 202, 204, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429}
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
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


@pytest.fixture
def things(system: OtherSystem) -> Things:
    """A record for each kind that a path is about; what has no maker here stays as it was made up."""
    return Things({"event_type": lambda: "lead.created"})


def test_every_answer_is_in_the_document(app: Flask, system: OtherSystem, things: Things) -> None:
    calls = operations(document_at("http://localhost"))
    assert len(calls) >= 130
    made: dict[str, str] = {}

    @MANY
    @given(case=cases(calls), known=MOSTLY)
    def try_one(case: schemathesis.Case, known: bool) -> None:
        place = case.path.partition("/{record_id}")[0]
        if known:
            name_things(case, things)
            if place in made and "record_id" in case.path_parameters:
                case.path_parameters = {"record_id": made[place]}
        case.headers["Accept-Encoding"] = "identity"
        answer = case.call(app=app, base_url=f"http://localhost{system.path}")
        check_answer(case, answer)
        if answer.status_code == 201:
            made[place] = str(answer.json()["id"])

    try_one()


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
            method,
            f"{path}/{quote(more)}" if more else path,
            query_string=query,
            data=body,
            content_type=kind,
        )
        assert answer.status_code in ANSWERS | {308}, (method, path, more, answer.text)

    check()
