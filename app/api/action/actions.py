"""What can be done: add_webhook, get_webhooks, delete_webhook (S1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from werkzeug.wrappers import Response

from app.api.action.parameters import Parameters
from app.api.action.shapes import (
    NO_WEBHOOK,
    TEST_FAILED,
    UNKNOWN_ACTION,
    WRONG_PARAMETER,
    ActionRefused,
    done,
)
from app.catalogue import Catalogue
from app.core.errors import Invalid, NotFound
from app.models import Webhook
from app.models.webhook import ON
from app.queries.webhooks.listing import list_webhooks
from app.services import webhooks as service
from app.services.event_types import catalogue_of, unknown_type_sentence

PAGE = 200
# What a setting is called here, where the name is another one.
_OUR_NAMES = {"auth.username": "http_user", "auth.password": "http_pass", "name": "url"}


def perform(space_id: str, parameters: Parameters) -> Response:
    """Do the action that the parameters name. Raises `ActionRefused`."""
    name = parameters.values.get("action", "")
    action = ACTIONS.get(name)
    if action is None:
        raise ActionRefused(UNKNOWN_ACTION, details=_which(name))
    return action(space_id, parameters)


def add_webhook(space_id: str, parameters: Parameters) -> Response:
    """A new webhook, on; `id` is its number.

    First its address must answer a test with 200, JSON and {"status": "OK"}.
    """
    parameters.refuse_others("url", "events", "projects", "http_user", "http_pass")
    settings = _settings(catalogue_of(space_id), parameters)
    try:
        tried = service.test(space_id, settings).attempt
        if tried.outcome != "succeeded":
            raise ActionRefused(TEST_FAILED, details=settings["url"])
        webhook = service.create(space_id, settings).webhook
    except Invalid as invalid:
        raise _refusal(invalid) from None
    service.enable_tested(space_id, webhook.id)
    return done(id=webhook.number)


def get_webhooks(space_id: str, parameters: Parameters) -> Response:
    """All webhooks of the space, oldest first."""
    parameters.refuse_others()
    catalogue = catalogue_of(space_id)
    return done(data=[_shown(webhook, catalogue) for webhook in _all(space_id)])


def delete_webhook(space_id: str, parameters: Parameters) -> Response:
    """Delete a webhook by its number; the id that API v1 knows it by will do, too."""
    parameters.refuse_others("id")
    webhook_id = parameters.needed("id")
    try:
        service.delete(space_id, service.id_of_number(space_id, webhook_id))
    except NotFound:
        raise ActionRefused(WRONG_PARAMETER, NO_WEBHOOK, webhook_id) from None
    return done()


ACTIONS: dict[str, Callable[[str, Parameters], Response]] = {
    "add_webhook": add_webhook,
    "get_webhooks": get_webhooks,
    "delete_webhook": delete_webhook,
}


def _settings(catalogue: Catalogue, parameters: Parameters) -> dict[str, Any]:
    """The parameters in the shape of `WebhookIn`, with S1's rules: 5 seconds, status OK, off after 10 failures."""
    url = parameters.needed("url")
    settings: dict[str, Any] = {
        "name": _name_for(url),
        "url": url,
        "events": [_event_type(catalogue, name) for name in _listed(parameters.needed("events"))],
        "projects": _listed(parameters.values.get("projects", "")),
        "success": {"rule": "status_ok"},
        "timeout_s": 5,
        "failure_limit": 10,
        "failure_window_s": 0,
    }
    user, password = parameters.values.get("http_user", ""), parameters.values.get("http_pass", "")
    if user or password:
        settings["auth"] = {"kind": "basic", "username": user, "password": password}
    return settings


def _name_for(url: str) -> str:
    """S1 has no names; the host is what people know a webhook by."""
    try:
        return (urlsplit(url).hostname or url)[:200]
    except ValueError:
        return url[:200]


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _event_type(catalogue: Catalogue, name: str) -> str:
    """The key of an event type by S1's name for it; our own keys are taken too. Raises `ActionRefused`."""
    found = catalogue.by_action_api_name(name) or catalogue.get(name)
    if found is None:
        sentence = unknown_type_sentence(name, catalogue.nearest(name))
        raise ActionRefused(WRONG_PARAMETER, details=f"events: {sentence}")
    return found.key


def _refusal(invalid: Invalid) -> ActionRefused:
    first = invalid.errors[0]
    name = _OUR_NAMES.get(first.field, first.field.partition(".")[0])
    return ActionRefused(WRONG_PARAMETER, details=f"{name}: {first.message}")


def _all(space_id: str) -> Iterator[Webhook]:
    cursor = None
    while True:
        page = list_webhooks(space_id, cursor, PAGE)
        yield from page.webhooks
        cursor = page.next_cursor
        if cursor is None:
            return


def _shown(webhook: Webhook, catalogue: Catalogue) -> dict[str, str]:
    shown = {
        "id": str(webhook.number),
        "url": webhook.url,
        "events": ",".join(_event_name(catalogue, key) for key in webhook.events_in_order),
        "status": "active" if webhook.state == ON else "paused",
    }
    return shown | ({"projects": ",".join(webhook.projects)} if webhook.projects else {})


def _event_name(catalogue: Catalogue, key: str) -> str:
    """S1's name of an event type; our key for the many that S1 does not have."""
    found = catalogue.get(key)
    return found.action_api_name if found and found.action_api_name else key


def _which(name: str) -> str:
    near = get_close_matches(name, ACTIONS, 1)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(ACTIONS)}"
