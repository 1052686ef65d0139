"""Hold what still waits for webhooks that are not on, and cancel what waits for deleted ones."""

from __future__ import annotations

from app.maintenance.step import Turn, move_all
from app.services.webhooks.holding import put_away, stranded

AT_ONCE = 100


def put_stranded_away(turn: Turn) -> bool:
    """Webhook by webhook, in the order of their ids."""
    after = ""
    while found := stranded(after, AT_ONCE):
        for webhook_id in found:
            if move_all(turn, lambda session, one=webhook_id: put_away(session, one)):  # type: ignore[misc]
                return True
        if turn.is_over():
            return True
        after = found[-1]
    return False
