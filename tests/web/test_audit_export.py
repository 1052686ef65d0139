"""The audit log as a file: what was found and no more, harmless in a spreadsheet, and written down itself."""

from __future__ import annotations

import csv
import io
import json

import pytest
from flask import Flask

from app.services import audit_export, spaces
from tests.web.people import Someone

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def renamed(app: Flask, space_id: str, owner: Someone) -> Someone:
    """The owner of a space that has got another name, which a spreadsheet would work out."""
    owner.post("/settings/space", {"name": "=1+1"})
    return owner


def lines_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv(renamed: Someone, space_id: str) -> None:
    answer = renamed.post("/settings/audit/export", {"format": "csv", "kind": "space"})
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="audit-')
    lines = lines_of(answer.text)
    assert [line["action"] for line in lines] == ["edited", "created"]
    assert lines[0]["actor"] == renamed.email
    assert json.loads(lines[0]["changes"])[0]["after"] == "=1+1"


def test_json_lines_page_by_page(renamed: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_export, "PAGE", 2)
    answer = renamed.post("/settings/audit/export", {"format": "jsonl"})
    entries = [json.loads(line) for line in answer.text.splitlines()]
    assert len(entries) > 3
    assert entries[0]["action"] == "exported"  # that it was taken along is in it
    assert [one["at"] for one in entries] == sorted((one["at"] for one in entries), reverse=True)


def test_a_name_that_begins_like_a_formula_is_text(app: Flask, space_id: str, renamed: Someone) -> None:
    with app.test_request_context():
        spaces.change_settings(space_id, {"name": "x"})
    text = audit_export._csv_line({**dict.fromkeys(audit_export.NAMES, ""), "actor": "=cmd|'/c calc'!A1"})
    assert next(csv.reader(io.StringIO(text)))[6] == "'=cmd|'/c calc'!A1"


@pytest.mark.parametrize("form", [{"format": "xlsx"}, {"since": "yesterday"}])
def test_what_cannot_be_understood_is_said(owner: Someone, form: dict[str, str]) -> None:
    assert owner.post("/settings/audit/export", dict(form)).status_code == 422
