"""What incoming webhooks are called on screen: tools, states, and why a call was refused."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.models import IncomingCall, IncomingWebhook
from app.models.incoming_source import BASIC, GITHUB, HMAC, NONE, SHOPIFY, SLACK, STANDARD, STRIPE
from app.services.incoming import admission, own_services
from app.services.incoming.tools import EVENTS, tools
from app.web.words import Badge, code_words

_TOOLS = {
    "crm": (_l("CRM"), _l("Leads, deals, contacts and companies")),
    "tasks": (_l("Tasks"), _l("Tasks and their stages")),
    "activities": (_l("Activities"), _l("Calls, meetings and reminders")),
    "posts": (_l("Posts"), _l("Posts and comments")),
    "chats": (_l("Chats"), _l("Chats and messages")),
    "projects": (_l("Projects"), ""),
    "jobs": (_l("Jobs"), _l("Jobs with their images and documents")),
    "documents": (_l("Documents"), _l("Estimates and signed documents")),
    "outreach": (_l("Outreach"), _l("Campaigns, lists, statuses, tags and notes")),
    EVENTS: (_l("Events"), _l("Messages of other systems, such as GitHub or Stripe, become events here")),
}
_REASONS = {
    admission.ADDRESS_ENDED: _l("It used an old address that has ended."),
    admission.SPACE_ARCHIVED: _l("The space is archived."),
    admission.TURNED_OFF: _l("This incoming webhook is off."),
    admission.NETWORK: _l("It came from a network that may not call."),
    admission.TOO_FAST: _l("Too many calls in one minute."),
    admission.MAKER_GONE: _l("The person it acts for is no longer in this space."),
    admission.TOOL: _l("This incoming webhook may not use that tool."),
    admission.METHOD: _l("This incoming webhook may not use that method."),
    admission.READ_ONLY: _l("This incoming webhook may only read."),
    admission.RIGHT: _l("The person it acts for lacks the right."),
    own_services.UNREACHABLE: _l("Your own service could not be reached."),
    own_services.TIMED_OUT: _l("Your own service took too long."),
    own_services.UNUSABLE: _l("Your own service gave an answer that cannot be handed on."),
    "signature_missing": _l("The message carried no signature."),
    "signature_stale": _l("The message was signed too long ago."),
    "signature_no_match": _l("The signature did not match the secret."),
    "not_found": _l("There is nothing at this path."),
    "method_not_allowed": _l("This path does not take that method."),
    "validation": _l("A field needs another value."),
    "broken_json": _l("The body was not JSON."),
    "not_json": _l("The body was not sent as JSON."),
    "too_large": _l("The body was too large."),
}
# Of these the answer says more than the reason does.
_TOLD_MORE = frozenset({"validation", "broken_json"})
_PRESETS = {
    STANDARD: (_l("Standard Webhooks"), _l("Svix, Clerk, Resend and many others")),
    GITHUB: (_l("GitHub"), ""),
    STRIPE: (_l("Stripe"), ""),
    SHOPIFY: (_l("Shopify"), ""),
    SLACK: (_l("Slack"), _l("Its question whether the address is yours is answered")),
    HMAC: (_l("Another one that signs"), _l("A signature of the body (HMAC) in a header")),
    BASIC: (_l("User name and password"), _l("Basic authentication")),
    NONE: (_l("No proof"), _l("Whoever has the address may send")),
}


def tool_choices() -> list[tuple[str, str, str]]:
    """(key, name, what it is) of every tool."""
    return [(key, tool_title(key), str(_TOOLS[key][1]) if key in _TOOLS else "") for key in tools()]


def tool_title(key: str) -> str:
    """The name of a tool."""
    if key in _TOOLS:
        return str(_TOOLS[key][0])
    return tools()[key].title if key in tools() else key


def preset_choices() -> list[tuple[str, str, str]]:
    """(key, name, hint) of who may send."""
    return [(key, str(name), str(hint)) for key, (name, hint) in _PRESETS.items()]


def preset_title(key: str) -> str:
    """The name of a preset."""
    return str(_PRESETS[key][0])


def state_badge(webhook: IncomingWebhook, gone: bool = False) -> Badge:
    """Whether it can be called."""
    if gone:
        return Badge(_("Its person has left"), "bad", "cross")
    return Badge(_("Activated"), "ok", "check") if webhook.active else Badge(_("Off"), "off", "circle")


def call_badge(status: int) -> Badge:
    """What a call got, by its code."""
    words = code_words(status)
    if status < 400:
        return Badge(words, "ok", "check")
    return Badge(words, "bad" if status >= 500 else "warn", "cross" if status >= 500 else "warn")


def detail_words(call: IncomingCall) -> str:
    """What the answer said besides; empty where that is no more than the reason."""
    return call.detail or "" if call.reason in _TOLD_MORE else ""


def reason_words(call: IncomingCall) -> str:
    """Why a call was refused; empty if it was not."""
    if call.reason is None:
        return ""
    return str(_REASONS.get(call.reason, call.detail or call.reason))
