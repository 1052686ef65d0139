"""Webhooks on screen: the list, a webhook's page, its form, its switches and its secret key."""

from flask.sansio.app import App

from app.services.webhooks.reverting import can_be_reverted
from app.services.webhooks.schema import SETTINGS
from app.web.catalogue import catalogue_here
from app.web.rendering import wants_fragment
from app.web.webhooks import (
    change_words,
    changes,
    conditions,
    diagnosis,
    form,
    index,
    new_address,
    next_actions,
    payload_form,
    revert,
    secret_key,
    sending_form,
    show,
    switches,
    value_words,
)
from app.web.webhooks.blueprint import bp

__all__ = [
    "bp",
    "conditions",
    "changes",
    "form",
    "index",
    "new_address",
    "revert",
    "secret_key",
    "show",
    "switches",
]


def _install(app: App) -> None:
    """What the templates of webhooks call."""
    app.jinja_env.globals.update(
        diagnosis_sentences=diagnosis.diagnosis_sentences,
        forecast_sentence=diagnosis.forecast_sentence,
        next_step=diagnosis.next_step,
        next_actions=next_actions.next_actions,
        whom_to_ask=next_actions.whom_to_ask,
        since_sentence=diagnosis.since_sentence,
        can_be_reverted=can_be_reverted,
        change_words=change_words.change_words,
        actor_words=change_words.actor_words,
        subject_words=change_words.subject_words,
        field_words=change_words.field_words,
        value_words=value_words.value_words,
        secret_words=change_words.secret_words,
        catalogue_here=catalogue_here,
        op_choices=conditions.op_choices,
        why_not_words=conditions.why_not_words,
        field_tree=payload_form.tree_of,
        setting=SETTINGS.__getitem__,
        settings_of_part=sending_form.settings_of_part,
        wants_fragment=wants_fragment,
    )


bp.record_once(lambda state: _install(state.app))
