"""The next step as buttons and links: what `actions` names, where it is done, and whether this visitor may."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _

from app.models import Attempt, Webhook
from app.models.role import MANAGE_WEBHOOKS, VIEW_OAUTH_CREDENTIALS
from app.queries.people_who_may import people_who_may
from app.sending.failures import actions
from app.sending.failures.diagnosis import Explanation
from app.sending.failures.reasons import YOU
from app.web.permissions import current_space_id, may

# Fields of the form, by the ids that they have there.
_FIELDS = {
    actions.EDIT_ADDRESS: "f-url",
    actions.EDIT_METHOD: "f-method",
    actions.EDIT_LOGIN: "f-auth-kind",
    actions.EDIT_FIELDS: "f-payload",
    actions.EDIT_FORMAT: "f-format",
    actions.EDIT_RULE: "f-success-rule",
    actions.EDIT_SPEED: "f-rate_per_s",
}


class NextAction(NamedTuple):
    """A link, or with `post` a form of one button that sends these values."""

    label: str
    url: str
    post: dict[str, str] | None = None


def next_actions(
    why: Explanation, webhook: Webhook | None, attempt: Attempt | None = None, in_form: bool = False
) -> list[NextAction]:
    """What the visitor can do about it from here. Test, Turn on and Resend are the pages' own buttons.

    `webhook` None: it is not saved yet. `attempt`: the try it is said of, where its log is another page.
    `in_form`: the fields stand on the same page.
    """
    found = [
        _action(name, why, webhook, attempt, in_form) for name in actions.actions_for(why.failure_reason)
    ]
    return [action for action in found if action is not None]


def whom_to_ask(why: Explanation) -> str:
    """Who here may do what the visitor may not; empty if the visitor may, or if nobody here has to act."""
    if why.who != YOU or may(MANAGE_WEBHOOKS):
        return ""
    able = people_who_may(current_space_id(), MANAGE_WEBHOOKS)
    if not able:
        return _("Nobody in this space may do this. Tell whoever runs Hookdesk.")
    return _("Your role does not include this. Ask: %(people)s.", people=", ".join(able))


def _action(
    name: str, why: Explanation, webhook: Webhook | None, attempt: Attempt | None, in_form: bool
) -> NextAction | None:
    if name == actions.EDIT_LOGIN and webhook is not None and webhook.oauth_credential_id:
        name = actions.OPEN_OAUTH
    if name == actions.USE_NEW_ADDRESS and (in_form or not why.new):
        name = actions.EDIT_ADDRESS
    if name in _FIELDS:
        return _edit(name, webhook, in_form)
    if webhook is None or webhook.deleted_at is not None:
        return None
    return _on_saved(name, why, webhook, attempt)


def _on_saved(name: str, why: Explanation, webhook: Webhook, attempt: Attempt | None) -> NextAction | None:
    if name == actions.USE_NEW_ADDRESS and may(MANAGE_WEBHOOKS):
        url = url_for("webhooks.use_new_address", webhook_id=webhook.id)
        return NextAction(_("Use new address"), url, {"url": why.new, "was": webhook.url})
    if name == actions.OPEN_OAUTH and webhook.oauth_credential_id and may(VIEW_OAUTH_CREDENTIALS):
        url = url_for("oauth_credentials.show", credential_id=webhook.oauth_credential_id)
        return NextAction(_("Open the OAuth connection"), url)
    if name == actions.HAND_OVER and attempt is not None and attempt.delivery_id:
        url = url_for("deliveries.show", delivery_id=attempt.delivery_id)
        return NextAction(_("Details for the developer"), url)
    return None


def _edit(name: str, webhook: Webhook | None, in_form: bool) -> NextAction | None:
    if not may(MANAGE_WEBHOOKS) or (webhook is not None and webhook.deleted_at):
        return None
    if in_form or webhook is None:
        return NextAction(_edit_label(name), f"#{_FIELDS[name]}")
    url: Any = url_for("webhooks.settings", webhook_id=webhook.id, _anchor=_FIELDS[name])
    return NextAction(_edit_label(name), url)


def _edit_label(name: str) -> str:
    return {
        actions.EDIT_ADDRESS: _("Change the address"),
        actions.EDIT_METHOD: _("Change the method"),
        actions.EDIT_LOGIN: _("Update the authentication"),
        actions.EDIT_FIELDS: _("Choose the fields to send"),
        actions.EDIT_FORMAT: _("Change the format"),
        actions.EDIT_RULE: _("Change what counts as delivered"),
        actions.EDIT_SPEED: _("Lower the speed"),
    }[name]
