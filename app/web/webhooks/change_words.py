"""A change in words: what was done, by whom, and the names of the fields (`value_words` has their values)."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.audit import actions as kinds
from app.audit.subject import WEBHOOK
from app.core.actor import COMMAND, KEY, PORTAL, RECEIVER, UNKNOWN, US
from app.models import Change
from app.services.alerts.letters import NOTICES
from app.services.webhooks.schema import SETTINGS

_KINDS = {
    kinds.CREATED: _l("Created"),
    kinds.EDITED: _l("Settings changed"),
    kinds.REVERTED: _l("Reverted"),
    kinds.DELETED: _l("Deleted"),
    kinds.TURNED_ON: _l("Turned on"),
    kinds.TURNED_OFF: _l("Turned off"),
    kinds.PAUSED: _l("Paused"),
    kinds.RESUMED: _l("Resumed"),
    kinds.STOPPED: _l("Turned off by us"),
    kinds.BACK: _l("Back by itself"),
    kinds.ASKED: _l("Asked to confirm"),
    kinds.WAITS: _l("Waits for confirmation"),
    kinds.CONFIRMED: _l("Confirmed"),
    kinds.HELD_SENT: _l("What waited was sent"),
    kinds.HELD_SKIPPED: _l("What waited was skipped"),
    kinds.KEY_ROTATED: _l("New secret key"),
    kinds.OLD_KEYS_ENDED: _l("Old secret keys ended"),
    kinds.OAUTH_CREDENTIAL_EDITED: _l("OAuth connection changed"),
    kinds.OAUTH_CREDENTIAL_ADDED: _l("OAuth connection added"),
    kinds.OAUTH_CREDENTIAL_DELETED: _l("OAuth connection deleted"),
    kinds.ROLE_EDITED: _l("Role changed"),
    kinds.DEFAULTS_EDITED: _l("Defaults changed"),
    kinds.TESTED: _l("Tested"),
    kinds.CONNECT_BEGUN: _l("Connecting started"),
    kinds.CONNECTED: _l("Connected"),
    kinds.LOGGED_IN: _l("Logged in"),
    kinds.LOGIN_FAILED: _l("Wrong password"),
    kinds.LOGGED_OUT: _l("Logged out"),
    kinds.PASSWORD_CHANGED: _l("Password changed"),
    kinds.SPACE_SWITCHED: _l("Came to this space"),
    kinds.JOINED: _l("Joined the space"),
    kinds.ROLE_GIVEN: _l("Given another role"),
    kinds.REVOKED: _l("Revoked"),
    kinds.RESENT: _l("Resent"),
    kinds.RESTORED: _l("Restored"),
    kinds.IMPORT_STARTED: _l("Import started"),
    kinds.IMPORT_STOPPED: _l("Import stopped"),
    kinds.CLEARED: _l("Emptied"),
    kinds.ANSWER_CHOSEN: _l("Answer chosen"),
    kinds.TRIAL_MAIL: _l("Trial letter sent"),
    kinds.ARCHIVED: _l("Archived"),
    kinds.RESTORED: _l("Restored"),
    kinds.LEFT: _l("Left the space"),
    kinds.LINK_MADE: _l("Portal link made"),
    kinds.LINK_OPENED: _l("Came by a portal link"),
    kinds.LINKS_ENDED: _l("Portal links ended"),
    kinds.EXPORTED: _l("Downloaded"),
    kinds.CHECKED: _l("Receiver check started"),
    kinds.CHECKS_PLANNED: _l("Schedule of receiver checks changed"),
    kinds.ALERTS_CHOSEN: _l("Alerts chosen"),
    kinds.DEVELOPER_LINK_MADE: _l("Link for developers made"),
    kinds.DEVELOPER_LINK_ENDED: _l("Link for developers ended"),
    kinds.INVITED: _l("Invited"),
    kinds.RENEWED: _l("Invited again"),
    kinds.WITHDRAWN: _l("Invitation withdrawn"),
    kinds.REMOVED: _l("Removed from the space"),
    kinds.RESET_ASKED: _l("New password asked for"),
    kinds.PASSWORD_RESET: _l("Password set by a link"),
    kinds.EMAIL_CHANGE_ASKED: _l("New e-mail address asked for"),
    kinds.EMAIL_CHANGE_CANCELLED: _l("New e-mail address cancelled"),
    kinds.EMAIL_CONFIRMED: _l("E-mail address confirmed"),
    kinds.EMAIL_CHANGED: _l("E-mail address changed"),
    kinds.SESSION_ENDED: _l("Logged out elsewhere"),
    kinds.TWO_STEP_BEGUN: _l("Two-step log-in started"),
    kinds.TWO_STEP_ON: _l("Two-step log-in on"),
    kinds.TWO_STEP_OFF: _l("Two-step log-in off"),
    kinds.CODES_RENEWED: _l("New recovery codes"),
    kinds.SSO_LINKED: _l("Single sign-on linked"),
    kinds.LOGIN_RULES_EDITED: _l("Log-in rules changed"),
    kinds.LINK_GIVEN: _l("Shared by a link"),
    kinds.LINK_REVOKED: _l("Link revoked"),
    kinds.RECOVERY_STARTED: _l("Resend job started"),
    kinds.RECOVERY_STOPPED: _l("Resend job stopped"),
    kinds.ADDRESS_RENEWED: _l("New address"),
    kinds.OLD_ADDRESSES_ENDED: _l("Old addresses ended"),
    kinds.SOURCE_ADDED: _l("Source added"),
    kinds.SOURCE_EDITED: _l("Source changed"),
    kinds.SOURCE_DELETED: _l("Source deleted"),
    kinds.SERVICE_SET: _l("Own service set"),
    kinds.SERVICE_REMOVED: _l("Own service removed"),
}

# Besides the settings of a webhook, which their table names.
_FIELDS = {
    "state": _l("State"),
    "held": _l("What waited"),
    "force": _l("Without our test message"),
    "secret": _l("Secret key"),
    "overlap_s": _l("The old key goes on for"),
    "copied_from": _l("Copy of"),
    "reason": _l("Reason"),
    "sign_in.parameters.grant_type": _l("How we get an access token"),
    "passed": _l("Passed"),
    "password": _l("Password"),
    "role.name": _l("Role"),
    "space.name": _l("Name"),
    "space.time_zone": _l("Time zone"),
    "space.language": _l("Language"),
    "space.retention_days": _l("Days that events are kept"),
    "portal_link.person": _l("For"),
    "portal_link.permissions": _l("May"),
    "portal_link.ended": _l("How many"),
    "audit.format": _l("Format"),
    "space.refuse_unfit_data": _l("Refuse data that does not fit its schema"),
    "person.email": _l("E-mail address"),
    "person.role": _l("Role"),
    "person.confirmed": _l("Confirmed"),
    "session.from": _l("Logged in from"),
    "session.others": _l("Other browsers"),
    "two_step": _l("Two-step log-in"),
    "two_step.recovery_codes": _l("Recovery codes"),
    "sso_subject": _l("Account at the provider"),
    "space.require_totp": _l("Two-step log-in for everybody"),
    "space.sso_role": _l("Role by single sign-on"),
    "api_key.name": _l("Name"),
    "api_key.scopes": _l("May"),
    "api_key.expires_at": _l("Until"),
    "api_key.action_api": _l("For the action API"),
    "api_key.text": _l("Key"),
    "delivery.webhook_id": _l("Webhook"),
    "delivery.status": _l("Status"),
    "delivery.until_it_works": _l("Until it works"),
    "inbox.answer": _l("Answer"),
    "incoming.name": _l("Name"),
    "incoming.tools": _l("Tools"),
    "incoming.active": _l("Active"),
    "incoming.methods": _l("Methods"),
    "incoming.read_only": _l("Read only"),
    "incoming.networks": _l("Networks"),
    "incoming.rate_per_minute": _l("Calls a minute"),
    "incoming.source": _l("Source"),
    "incoming.preset": _l("Who sends"),
    "incoming.secret": _l("Secret"),
    "incoming.event_type": _l("Event"),
    "service.tool": _l("Tool"),
    "service.url": _l("Address"),
    "mail.to": _l("To"),
    "checks.every_days": _l("Days between two checks"),
    "link.id": _l("Link"),
    "link.expires_at": _l("Works until"),
    "recovery.id": _l("Resend job"),
    "recovery.to_send": _l("Events to send"),
    "recovery.done": _l("Events done"),
    "sign_in.hosts": _l("Servers it may be used for"),
    "role.permissions": _l("May"),
    "sign_in.name": _l("Name of the OAuth connection"),
    "sign_in.token_url": _l("Token address"),
    "sign_in.method": _l("Method of the token request"),
    "sign_in.send_in": _l("Where its values go"),
    "sign_in.authorize_url": _l("Address where people log in"),
}


# Fields that say what a change of the space is about.
_SUBJECTS = frozenset({"sign_in.name", "role.name"})


def change_words(change: Change) -> str:
    """What was done, in two or three words."""
    return str(_KINDS.get(change.kind, change.kind))


def action_words() -> dict[str, str]:
    """Every action by its stable word, in two or three words."""
    return {action: str(words) for action, words in _KINDS.items()}


def subject_words(change: Change) -> str:
    """The OAuth credential or role that a change of the space is about; empty for other changes."""
    if change.subject_kind == WEBHOOK:
        return ""
    name = next((one for one in change.details if one["field"] in _SUBJECTS), {})
    return str(name.get("after") or name.get("before") or "")


def actor_words(change: Change) -> str:
    """Who did it."""
    if change.actor_kind == US:
        return _("Hookdesk itself")
    if change.actor_kind == RECEIVER:
        return _("The receiver")
    if change.actor_kind == KEY:
        return _("API key “%(name)s”", name=change.actor_name)
    if change.actor_kind == PORTAL:
        return _("%(name)s, by a portal link", name=change.actor_name or _("Somebody"))
    if change.actor_kind == UNKNOWN:
        return _("Somebody with the address %(name)s", name=change.actor_name)
    if change.actor_kind == COMMAND:
        return _("Command line (%(name)s)", name=change.actor_name)
    return change.actor_name


def field_words(field: str) -> str:
    """The name of a field; headers and parameters by their own."""
    if field in SETTINGS:
        return str(SETTINGS[field].label)
    if field in _FIELDS:
        return str(_FIELDS[field])
    if field.startswith("sign_in.parameters."):
        return _("Parameter %(name)s", name=field.removeprefix("sign_in.parameters."))
    if field.startswith("alerts."):
        return str(NOTICES[kind].choice) if (kind := field.removeprefix("alerts.")) in NOTICES else kind
    if field.startswith("headers."):
        return _("Request header %(name)s", name=field.removeprefix("headers."))
    if field.startswith("event_type."):
        return field.removeprefix("event_type.").replace("_", " ").capitalize()
    return field


def secret_words(detail: dict[str, Any]) -> str:
    """What happened to a secret, without a value."""
    if detail["before"] is None:
        return _("set")
    return _("removed") if detail["after"] is None else _("changed")
