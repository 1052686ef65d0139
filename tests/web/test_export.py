"""The filtered list as a file: CSV and JSON lines, page and API (C14)."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest

from app.core.times import utc_now
from app.queries.deliveries import exporting
from app.services import api_keys, exports, spaces
from tests.web.makers import make_delivery, make_webhook

pytestmark = pytest.mark.databases("sqlite")
FORMULAS = ('=HYPERLINK("http://x")', "+1", "-1", "@x", "\tx", "\rx")


@pytest.fixture
def rows(app, space_id, monkeypatch) -> list[str]:
    """Twenty-five deliveries of two webhooks, newest first, read in pages of ten."""
    monkeypatch.setattr(exporting, "AT_ONCE", 10)
    with app.test_request_context():
        hooks = [make_webhook(space_id, name=name) for name in ("=cmd", "Лінія, “CRM”")]
        at = utc_now() - timedelta(hours=1)
        return [
            make_delivery(
                space_id,
                hooks[n % 2],
                "failed" if n % 5 == 0 else "succeeded",
                at=at - timedelta(seconds=n),
                object_id=FORMULAS[n] if n < len(FORMULAS) else f"record {n}",
            )
            for n in range(25)
        ]


@pytest.fixture
def call(app, space_id):
    with app.test_request_context():
        _key, plain = api_keys.create_key(space_id, "k", ["deliveries:read"])
    client = app.test_client()
    return lambda path: client.get(
        f"/api/v1/deliveries/export{path}", headers={"Authorization": f"Bearer {plain}"}
    )


@pytest.mark.databases("sqlite", "postgresql")
def test_csv_has_every_row_once_and_no_formula(admin, rows):
    answer = admin.get("/deliveries/export", format="csv")
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    found = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["id"] for row in found] == rows
    assert [row["object_id"] for row in found[: len(FORMULAS)]] == [f"'{text}" for text in FORMULAS]
    assert {row["webhook_name"] for row in found} == {"'=cmd", "Лінія, “CRM”"}
    cells = next(csv.reader(io.StringIO(answer.text, newline="")))
    assert cells == list(exports.NAMES)


def test_json_lines_are_as_they_are(call, rows):
    answer = call("?format=jsonl")
    assert answer.mimetype == "application/x-ndjson"
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["id"] for one in found] == rows
    assert [one["object_id"] for one in found[: len(FORMULAS)]] == list(FORMULAS)
    assert (
        found[0]["status"] == "failed" and found[0]["last_status"] == 503 and found[0]["attempts_count"] == 3
    )
    assert found[0]["created_at"].endswith("Z") and found[0]["next_attempt_at"] is None


def test_the_filters_of_the_list_hold(admin, call, rows):
    failed = [one for n, one in enumerate(rows) if n % 5 == 0]
    found = csv.DictReader(io.StringIO(admin.get("/deliveries/export", status="failed").text, newline=""))
    assert [row["id"] for row in found] == failed
    assert len(call("?format=jsonl&status=failed&reason=http_503").text.splitlines()) == 5
    assert call("?format=jsonl&status=held").text == ""
    assert len(call("?format=jsonl&q=record 7").text.splitlines()) == 1
    assert admin.get("/deliveries/export", since="yesterday").status_code == 422
    assert call("?format=xls").status_code == call("?nonsense=1").status_code == 422


def test_the_page_offers_it_with_its_filters(admin, rows):
    page = admin.get("/deliveries", status="failed").text
    assert 'href="/deliveries/export?format=csv&amp;status=failed"' in page
    assert 'href="/deliveries/export?format=jsonl&amp;status=failed"' in page


def test_another_space_and_a_key_without_the_scope_get_nothing(app, space_id, rows):
    with app.test_request_context():
        other = str(spaces.create_space("Borealis").id)
        _key, theirs = api_keys.create_key(other, "k", ["deliveries:read"])
        _key, without = api_keys.create_key(space_id, "k", ["webhooks:read"])
    client = app.test_client()
    answers = [
        client.get("/api/v1/deliveries/export", headers={"Authorization": f"Bearer {key}"})
        for key in (theirs, without)
    ]
    assert [answer.status_code for answer in answers] == [200, 403]
    assert len(answers[0].text.splitlines()) == 1


def test_a_space_has_few_of_them_at_once_and_gives_its_place_back(call, rows, monkeypatch):
    monkeypatch.setattr(exports, "_shares", exports.Shares(at_once=1, in_line=0, longest_wait_s=0.01))
    with exports._shares.taken(str(call("").status_code)):
        assert [call("").status_code for _ in range(3)] == [200, 200, 200]
