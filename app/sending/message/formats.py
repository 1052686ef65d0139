"""The message formats (A10): how each makes a body of an event, and the same as query parameters.

The data is spliced in as it was stored: numbers and key order stay what the publisher sent. What a format
makes of an event must never change (`request_template`); a new layout is a new format.
"""

from __future__ import annotations

import re

import orjson

from app.outbound.marked import N_
from app.sending.message.layout import DOMAIN, SECRET, SPACE, TOPIC, Format, Layout, Query, RenderableEvent
from app.sending.message.parameters import beside, flatten
from app.sending.message.sns import notification_body, notification_headers, notification_query

JSON = "application/json"
# Amazon SNS sends its JSON under this name, and handlers made for it look for it.
PLAIN_TEXT = "text/plain; charset=UTF-8"

# S0 names what happened by the verb alone.
_VERBS = {"created": "create", "changed": "update", "updated": "update", "deleted": "delete"}
# Services that are not named after many things of one kind: our own messages (a confirmation).
_OWN_SERVICES = frozenset({"hookdesk"})
# How a word ends, and what it ends with when it is many; the first that fits. Own types may be many by themselves.
_PLURALS = (
    (re.compile(r"(?<=[a-z]{2})sis\Z"), "ses"),  # analysis
    (re.compile(r"(?<=ss|us|ch|sh)\Z|(?<=[xz])\Z"), "es"),  # class, status, batch, box
    (re.compile(r"s\Z"), "s"),  # news, orders
    (re.compile(r"(?<=[^aeiou])y\Z"), "ies"),
    (re.compile(r"\Z"), "s"),
)
_WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)


# --- `standard`: Standard Webhooks' type, timestamp and data ---


def _standard_body(event: RenderableEvent, _layout: Layout) -> bytes:
    # Joined, not formatted: this runs for most deliveries, and takes half the time.
    type_, timestamp = orjson.dumps(event.type), orjson.dumps(event.timestamp)
    return b"".join((b'{"type":', type_, b',"timestamp":', timestamp, b',"data":', event.data_json, b"}"))


def _standard_query(event: RenderableEvent, _layout: Layout) -> Query:
    return beside([("type", event.type), ("timestamp", event.timestamp)], event.data_json)


# --- `space`: S3's id_space, event, secret and payload ---


def _space_body(event: RenderableEvent, layout: Layout) -> bytes:
    own = (orjson.dumps(value) for value in (layout.space_id, event.type, layout.secret))
    return b'{"id_space":%b,"event":%b,"secret":%b,"payload":%b}' % (*own, event.data_json)


def _space_query(event: RenderableEvent, layout: Layout) -> Query:
    own = [("id_space", layout.space_id), ("event", event.type), ("secret", layout.secret)]
    return beside(own, event.data_json, "payload")


# --- `notification`: the event message of S0, which has the data in `data.entity` ---


def notification(event: RenderableEvent, layout: Layout) -> bytes:
    """The message of S0's example: topic, type, env, data and metadata."""
    thing, action = _thing_and_action(event.type)
    values = (
        thing,
        _actor(event.actor),
        _service(thing, layout.words),
        layout.domain,
        _microseconds(event.timestamp),
        action,
    )
    type_, actor, service, domain, timestamp, action_ = (orjson.dumps(value) for value in values)
    return (
        b'{"topic":"Notifications","type":%b,"env":"prod","data":{"entity":%b,"user_id":%b,"service":%b,'
        b'"domain":%b,"timestamp":%b,"action":%b},"metadata":[]}'
    ) % (type_, event.data_json, actor, service, domain, timestamp, action_)


def _notification_query(event: RenderableEvent, layout: Layout) -> Query:
    thing, action = _thing_and_action(event.type)
    own = [
        ("topic", "Notifications"),
        ("type", thing),
        ("env", "prod"),
        ("user_id", event.actor or ""),
        ("service", _service(thing, layout.words)),
        ("domain", layout.domain),
        ("timestamp", _microseconds(event.timestamp)),
        ("action", action),
    ]
    return beside(own, event.data_json, "entity")


def _thing_and_action(event_type: str) -> tuple[str, str]:
    thing, _dot, action = event_type.partition(".")
    return thing, _VERBS.get(action, action)


def _service(thing: str, words: int) -> str:
    """The tool that a thing belongs to, as S0 names it: comment, comments; activity, activities; status, statuses."""
    if words == 1:
        is_y = thing.endswith("y") and thing[-2:-1] not in "aeiou"
        return f"{thing[:-1]}ies" if is_y else f"{thing}s"
    if thing in _OWN_SERVICES:
        return thing
    ending, many = next(rule for rule in _PLURALS if rule[0].search(thing))
    return ending.sub(many, thing, count=1)


def _actor(actor: str | None) -> str | int | None:
    """S0's people have numbers; ours have what the product that publishes calls them."""
    return int(actor) if actor is not None and _WHOLE_NUMBER.fullmatch(actor) else actor


def _microseconds(timestamp: str) -> str:
    """S0's times have six decimals; ours are known to three."""
    return timestamp.removesuffix("Z") + "000Z"


# --- `sns`: S0's message in the envelope of Amazon SNS ---


def _sns_body(event: RenderableEvent, layout: Layout) -> bytes:
    return notification_body(event, layout, notification(event, layout).decode())


def _sns_query(event: RenderableEvent, layout: Layout) -> Query:
    return notification_query(event, layout, notification(event, layout).decode())


# --- `plain`: the data alone ---


def _plain_body(event: RenderableEvent, _layout: Layout) -> bytes:
    return event.data_json


def _plain_query(event: RenderableEvent, _layout: Layout) -> Query:
    return flatten(event.data_json)


# The one place that knows which formats there are: form, API and OpenAPI offer what stands here, in this order.
FORMATS: dict[str, Format] = {
    "standard": Format(
        N_("Standard"),
        N_("Type, time and data, as the Standard Webhooks specification has it."),
        JSON,
        _standard_body,
        _standard_query,
    ),
    "plain": Format(N_("The data alone"), N_("Nothing around it."), JSON, _plain_body, _plain_query),
    "space": Format(
        N_("With space and secret"),
        N_("The space, the event, a secret value that proves it is us, and the data."),
        JSON,
        _space_body,
        _space_query,
        says=frozenset({SPACE, SECRET}),
    ),
    "notification": Format(
        N_("Notification"),
        N_("Topic, type and action; the data stands in data.entity."),
        JSON,
        notification,
        _notification_query,
        says=frozenset({DOMAIN}),
    ),
    "sns": Format(
        N_("Amazon SNS"),
        N_("The notification, signed so that ready-made SNS handlers accept it."),
        PLAIN_TEXT,
        _sns_body,
        _sns_query,
        notification_headers,
        replayable=False,
        says=frozenset({DOMAIN, TOPIC}),
    ),
}
