"""Every format: the articles' examples to the letter, chosen fields, parameters, both verifying libraries."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
import standardwebhooks
import svix
from hypothesis import given
from hypothesis import strategies as st

from app.audit.differences import MASK
from app.catalogue import load_catalogue
from app.sending.message.composing import compose
from app.sending.message.formats import FORMATS
from app.sending.message.layout import Layout, RenderableEvent, SelectedField, layout_of
from app.sending.message.rendering import render
from app.sending.message.request_template import Stamp, replay
from app.sending.message.selected_fields import pick
from app.sending.message.sender_identity import space_secret
from app.sending.message.signing import new_secret, parse_secret
from tests.unit.sending.targets import target

GOLDEN = Path(__file__).parent / "golden"
WITH_BODY = ["POST", "PUT", "PATCH"]


def golden(name):
    return json.loads((GOLDEN / f"{name}.json").read_text())


def as_stored(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def now_ms():
    return int(datetime.now(UTC).timestamp() * 1000)


LEAD = golden("plain")
LEAD_EVENT = RenderableEvent("lead.create", "2023-04-29T11:13:55.021Z", as_stored(LEAD))
COMMENT = golden("notification")["data"]["entity"]
COMMENT_EVENT = RenderableEvent(
    "comment.created", "2023-08-02T08:07:11.256Z", as_stored(COMMENT), "evt_1", "1"
)


@pytest.mark.parametrize(
    ("layout", "event"),
    [
        (Layout("standard"), LEAD_EVENT),
        (
            Layout("space", space_id="eb8edc65-129a-4cb6-abbe-6bf8979c0658", secret="wh_a46f35f22d9723a"),
            LEAD_EVENT,
        ),
        (Layout("notification", domain="my.uspacy.ua"), COMMENT_EVENT),
        (Layout("plain"), LEAD_EVENT),
    ],
    ids=lambda one: one.format if isinstance(one, Layout) else "",
)
def test_a_message_is_the_articles_example(layout, event):
    body = json.loads(render(layout, event, "POST").body)
    assert json.dumps(body) == json.dumps(golden(layout.format))  # as text: the order of the keys counts


@pytest.mark.parametrize(
    ("actor", "user_id"),
    [("1", 1), ("0", 0), ("007", "007"), ("usr_12", "usr_12"), (None, None), ("9" * 20, "9" * 20)],
)
def test_who_did_it_is_a_number_where_it_is_one(actor, user_id):
    body = render(Layout("notification"), COMMENT_EVENT._replace(actor=actor), "POST").body
    assert json.loads(body)["data"]["user_id"] == user_id


@pytest.mark.parametrize(
    ("type_", "thing", "service", "action"),
    [
        ("task.changed", "task", "tasks", "update"),
        ("company.deleted", "company", "companies", "delete"),
        ("lead.stage_changed", "lead", "leads", "stage_changed"),
        ("lead.task.create", "lead", "leads", "task.create"),
        ("survey.created", "survey", "surveys", "create"),
        ("status.update", "status", "statuses", "update"),
        ("address.created", "address", "addresses", "create"),
        ("batch.created", "batch", "batches", "create"),
        ("tax.created", "tax", "taxes", "create"),
        ("analysis.done", "analysis", "analyses", "done"),
        ("news.created", "news", "news", "create"),
        ("job_postings.created", "job_postings", "job_postings", "create"),
        ("hookdesk.confirmation", "hookdesk", "hookdesk", "confirmation"),
        ("y.created", "y", "ys", "create"),
    ],
)
def test_a_notification_names_thing_service_and_action(type_, thing, service, action):
    body = json.loads(render(Layout("notification"), COMMENT_EVENT._replace(type=type_), "POST").body)
    assert (body["type"], body["data"]["service"], body["data"]["action"]) == (thing, service, action)


def test_the_services_of_all_shipped_events_are_words():
    catalogue = load_catalogue()
    things = {key.partition(".")[0] for key in catalogue.keys()}  # noqa: SIM118 (a catalogue is no dictionary)
    bodies = [
        render(Layout("notification"), COMMENT_EVENT._replace(type=f"{thing}.created"), "POST").body
        for thing in things
    ]
    services = {json.loads(body)["data"]["service"] for body in bodies}
    assert services == {
        *(
            "activities",
            "campaigns",
            "comments",
            "companies",
            "contacts",
            "hookdesk",
            "deals",
            "estimates",
            "jobs",
            "leads",
        ),
        *(
            "lists",
            "posts",
            "projects",
            "signable_documents",
            "signed_documents",
            "statuses",
            "tags",
            "tasks",
        ),
    }


def test_what_was_sent_with_the_words_of_before_is_shown_with_them():
    event = COMMENT_EVENT._replace(type="status.update")
    kept_before = '{"format":"notification","domain":"hooks.example.com"}'
    assert b'"service":"statuss"' in render(layout_of(kept_before), event, "POST").body
    now = Layout("notification", domain="hooks.example.com")
    assert layout_of(now.text()) == now
    assert b'"service":"statuses"' in render(layout_of(now.text()), event, "POST").body


@pytest.mark.parametrize("method", WITH_BODY)
@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    "library", [standardwebhooks.Webhook, svix.Webhook], ids=["standardwebhooks", "svix"]
)
def test_both_libraries_accept_every_format_and_refuse_a_tampered_one(library, format_, method):
    secret = new_secret()
    sent = compose(
        target(secret, format=format_, method=method), "evt_1", "lead.created", 1, as_stored(LEAD), now_ms()
    )
    headers = dict(sent.header_pairs())
    verifier = library(secret)
    verifier.verify(sent.body.decode(), headers)
    with pytest.raises(Exception, match="(?i)signature"):
        verifier.verify(sent.body.decode().replace("Jean", "Jane"), headers)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_without_a_body_the_values_are_parameters_and_the_signature_stays(format_, method):
    sent = compose(
        target(format=format_, method=method), "evt_1", "lead.created", 1, b'{"first_name":"Jean"}', now_ms()
    )
    assert (
        sent.body == b"" and "Jean" in sent.url and sent.url.startswith("https://crm.example.com/hook?a=b&")
    )
    names = {name for name, _value in sent.header_pairs()}
    assert {"webhook-id", "webhook-timestamp", "webhook-signature"} <= names and "Content-Type" not in names


def test_parameters_of_the_format_and_of_the_data_are_told_apart():
    event = LEAD_EVENT._replace(data_json=b'{"secret":"s","event":"e","action":"a","x":1}')
    space = dict(render(Layout("space", space_id="spc_1", secret="wh_1"), event, "GET").query)
    assert space == {
        **{"id_space": "spc_1", "event": "lead.create", "secret": "wh_1"},
        **{"payload.secret": "s", "payload.event": "e", "action": "a", "x": "1"},
    }
    notification = dict(render(Layout("notification"), event, "GET").query)
    assert notification["entity.action"] == "a" and notification["action"] == "create"


# --- chosen fields (A9) ---

DATA = (
    b'{"id":7,"contact":{"email":"a@b.c","amount":1.10},"a.b":5,"items":[{"n":1},{"n":2.50},{}],"big":%b}'
    % (b"9" * 30)
)


@pytest.mark.parametrize(
    ("path", "picked"),
    [
        ("id", "7"),
        ("contact.email", '"a@b.c"'),
        ("contact.amount", "1.10"),
        ("contact", '{"email":"a@b.c","amount":1.10}'),
        ("a.b", "5"),
        ("items.n", "[1,2.50,null]"),
        ("big", "9" * 30),
        ("nothing", "null"),
        ("id.inside", "null"),
        ("contact.phone", "null"),
    ],
)
def test_a_field_is_picked_as_it_was_written(path, picked):
    assert pick(DATA, [SelectedField(path, "own")]) == f'{{"own":{picked}}}'.encode()


@given(
    st.dictionaries(st.text(min_size=1).filter(lambda t: "." not in t), st.integers() | st.text() | st.none())
)
def test_picking_everything_gives_everything(data):
    stored = as_stored(data)
    assert json.loads(pick(stored, [SelectedField(name, name) for name in data])) == data


@pytest.mark.parametrize(
    ("format_", "where"),
    [
        ("standard", lambda body: body["data"]),
        ("space", lambda body: body["payload"]),
        ("notification", lambda body: body["data"]["entity"]),
        ("sns", lambda body: json.loads(body["Message"])["data"]["entity"]),
        ("plain", lambda body: body),
    ],
)
def test_chosen_fields_take_the_place_of_the_data_in_every_format(format_, where):
    fields = [{"path": "first_name", "name": "name"}, {"path": "fax", "name": "fax"}]
    to = target(format=format_, payload_fields=fields)
    sent = compose(to, "evt_1", "lead.created", 1, as_stored(LEAD), now_ms())
    assert where(json.loads(sent.body)) == {"name": "Jean", "fax": None}
    ours = compose(to.for_own_messages(), "msg_1", "hookdesk.ping", 1, b'{"ping":true}', now_ms())
    assert where(json.loads(ours.body)) == {"ping": True}


# --- what is kept of it ---


@given(
    format_=st.sampled_from([name for name, one in FORMATS.items() if one.replayable and name != "space"]),
    method=st.sampled_from([*WITH_BODY, "GET", "DELETE"]),
    fields=st.none() | st.just([{"path": "first_name", "name": "n"}, {"path": "gone", "name": "g"}]),
    actor=st.none() | st.text(max_size=5),
)
def test_what_was_sent_comes_back_byte_for_byte(format_, method, fields, actor):
    to = target(format=format_, method=method, payload_fields=fields)
    data = as_stored(LEAD)
    sent = compose(to, "evt_1", "lead.created", 1_790_000_000_123, data, now_ms(), actor)
    event = RenderableEvent("lead.created", "2026-09-21T14:13:20.123Z", data, "evt_1", actor)
    again = replay(to.request_template, Stamp("evt_1", sent.timestamp_s, sent.signature), event)
    assert (again.url, again.body) == (sent.url, sent.body)
    assert [tuple(pair) for pair in orjson.loads(again.headers)] == sent.header_pairs()


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_secret_of_the_format_space_is_sent_and_not_kept(method):
    secret = new_secret()
    to = target(secret, format="space", method=method)
    own = space_secret(parse_secret(secret))
    sent = compose(to, "evt_1", "lead.created", 1, as_stored({"a": 1}), now_ms())
    assert own in sent.url or own.encode() in sent.body
    event = RenderableEvent("lead.created", "1970-01-01T00:00:00.001Z", b'{"a":1}')
    again = replay(to.request_template, Stamp("evt_1", sent.timestamp_s, sent.signature), event)
    assert again.url == sent.url.replace(own, MASK) and again.body.decode() == sent.body.decode().replace(
        own, MASK
    )
    assert (
        own not in to.request_template.format
        and to.scrub(f'{{"you said": "{own}"}}') == f'{{"you said": "{MASK}"}}'
    )


def test_the_secret_of_the_format_space_gives_nothing_of_the_key_away():
    one, other = parse_secret(new_secret()), parse_secret(new_secret())
    assert space_secret(one) == space_secret(one) != space_secret(other)
    assert space_secret(one).startswith("wh_") and one.secret.hex()[:8] not in space_secret(one)


def test_a_layout_is_kept_as_text_and_read_again():
    plain = Layout("plain")
    assert plain.text() == "plain" and layout_of("plain") == plain
    chosen = Layout("notification", (SelectedField("a.b", "c"),), domain="hooks.example.com")
    assert layout_of(chosen.text()) == chosen
    assert layout_of(Layout("space", (), "spc_1", "wh_1").text()) == Layout("space", (), "spc_1", MASK)
