"""The OpenAPI document of the events: valid by the specification's own schema, and true of its samples."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.catalogue import Catalogue, event_type_from, load_catalogue
from app.catalogue.document import message_schema, sample_message, webhooks_document
from app.catalogue.inferred import inferred_schema


def own(key: str, **more: object):
    return event_type_from({"key": key, "sample": {"id": 1}, **more})


def test_the_shipped_events_make_a_valid_document() -> None:
    document = webhooks_document(load_catalogue(), "Events of Acme")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert list(document["webhooks"]) == load_catalogue().keys()
    assert json.loads(json.dumps(document)) == document


@pytest.mark.parametrize("key", load_catalogue().keys())
def test_every_sample_is_valid_by_its_schema(key: str) -> None:
    event_type = load_catalogue().require(key)
    schema = message_schema(event_type)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(sample_message(event_type))


def test_a_message_of_another_type_is_not() -> None:
    schema = message_schema(load_catalogue().require("lead.created"))
    assert not Draft202012Validator(schema).is_valid({"type": "lead.deleted", "timestamp": "now", "data": {}})
    wrong = sample_message(load_catalogue().require("lead.created"))
    wrong["data"] = {**wrong["data"], "title": 7}
    assert not Draft202012Validator(schema).is_valid(wrong)


def test_an_own_schema_with_references_to_itself_keeps_its_meaning() -> None:
    schema = {
        "type": "object",
        "properties": {"paid": {"$ref": "#/$defs/money"}},
        "$defs": {"money": {"type": "string", "pattern": "^[0-9.]+$"}},
    }
    event_type = own("invoice.paid", sample={"id": 1, "paid": "7.50"}, json_schema=schema)
    document = webhooks_document(Catalogue([event_type]), "Acme")
    validator = Draft202012Validator(document["components"]["schemas"]["InvoicePaid"])
    validator.validate(sample_message(event_type))
    assert not validator.is_valid({**sample_message(event_type), "data": {"paid": "a lot"}})


def test_names_that_come_out_alike_are_told_apart() -> None:
    document = webhooks_document(Catalogue([own("a_b.c"), own("a.b_c"), own("a.b.c")]), "Acme")
    assert list(document["components"]["schemas"]) == ["ABC", "ABC2", "ABC3"]
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


@pytest.mark.parametrize(
    ("sample", "schema"),
    [
        (True, {"type": "boolean"}),
        (1, {"type": "integer"}),
        (1.5, {"type": "number"}),
        (None, {}),
        ([], {"type": "array", "items": {}}),
        ([1, "a"], {"type": "array", "items": {}}),
        (
            [{"a": 1}, {"a": "x", "b": 2}],
            {"type": "array", "items": {"type": "object", "properties": {"a": {}, "b": {"type": "integer"}}}},
        ),
    ],
)
def test_a_schema_worked_out_from_a_sample(sample: object, schema: dict) -> None:
    assert inferred_schema(sample) == schema
    Draft202012Validator(inferred_schema(sample)).validate(sample)
