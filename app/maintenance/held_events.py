"""Carry out what was ordered for held events: let them go at their pace, or skip them."""

from __future__ import annotations

from flask import current_app

from app.maintenance.step import Turn, move_all
from app.services.webhooks.holding import carry_out, with_orders


def move_held_events(turn: Turn) -> bool:
    """Every webhook has a step before one has its second, so that a large heap holds up no other webhook's."""
    webhook_ids = with_orders()
    each = len(webhook_ids) > 1
    more = False
    for webhook_id in webhook_ids:
        own = Turn(turn.stopping, 0.0) if each else turn
        more |= move_all(own, lambda session, one=webhook_id: carry_out(session, one))  # type: ignore[misc]
        if turn.is_over():
            break
    if webhook_ids:
        current_app.extensions["doorbell"].ring()
    return more
