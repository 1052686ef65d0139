"""Query parameters of lists: repeated and unknown ones are refused, by the API and on pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.api.openapi import calls
from tests.api.conftest import Caller
from tests.api.problems import fields

pytestmark = pytest.mark.databases("sqlite")


def test_every_list_refuses_a_parameter_that_stands_twice(
    app: Flask, call: Caller, who_may: Callable[[str], Caller], space_id: str
) -> None:
    lists = [one for one in calls(app) if one.operation.query is not None]
    webhook_id = call.new_webhook()["id"]
    for one in lists:
        path = one.path.removeprefix("/api/v1")
        path = path.format(webhook_id=webhook_id, space_id=space_id, kind="lead")
        asks = who_may(one.scope)
        assert one.operation.query is not None
        for name in one.operation.query.model_fields:
            answer = asks(one.method, path, query_string=f"{name}=succeeded&{name}=failed")
            said = {name: "This parameter stands more than once. Send it once."}
            assert fields(answer) == said, (path, name)
        needed = [name for name, field in one.operation.query.model_fields.items() if field.is_required()]
        unknown = fields(asks(one.method, path, query_string="colour=red"))
        assert list(unknown) == [*needed, "colour"], path


@pytest.mark.parametrize("since", ["1700000000", "0.5", "2026-11-21", "yesterday"])
def test_a_time_in_a_query_is_rfc_3339(call: Caller, since: str) -> None:
    assert list(fields(call("GET", "/deliveries", query_string={"since": since}))) == ["since"]
    assert list(fields(call("GET", "/events", query_string={"since": since}))) == ["since"]
