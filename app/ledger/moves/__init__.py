"""Moves: the one owner of a delivery's status outside of claim and record.

Each move does the same three things within its caller's transaction: it locks the webhook's lane, so that no worker
claims meanwhile; changes rows that no worker has in flight; and counts what it changed. A webhook may have a million
rows, so a move takes as many as fit into `steps.BUDGET_S` and says whether it came to the end; whoever called it
comes again. What a receiver has taken once (`was_delivered`) becomes delivered again instead of failed or cancelled.
"""

from app.ledger.moves.held import send_held
from app.ledger.moves.lost import release_lost_in
from app.ledger.moves.recovering import Ordered, Slots, make_and_order, order_again, take_back
from app.ledger.moves.removing import remove_deliveries
from app.ledger.moves.resending import Resent, resend
from app.ledger.moves.sorting import LanePlace, begin_to_sort, sort_waiting
from app.ledger.moves.steps import Moved
from app.ledger.moves.waiting import cancel_held, cancel_pending, hold_pending

__all__ = [
    "Moved",
    "Ordered",
    "LanePlace",
    "Resent",
    "Slots",
    "begin_to_sort",
    "cancel_held",
    "cancel_pending",
    "hold_pending",
    "make_and_order",
    "order_again",
    "release_lost_in",
    "remove_deliveries",
    "resend",
    "send_held",
    "sort_waiting",
    "take_back",
]
