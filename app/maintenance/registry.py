"""All steps of the maintenance. A new one joins with one line."""

from __future__ import annotations

from app.maintenance.counters import compact_counters
from app.maintenance.deleted_spaces import remove_deleted_spaces
from app.maintenance.held_events import move_held_events
from app.maintenance.lost_leases import release_lost_leases
from app.maintenance.old_answers import remove_old_answers
from app.maintenance.old_rows import remove_old_rows
from app.maintenance.people import hand_over_mail, look_for_notices
from app.maintenance.recovery_probes import probe_recoveries
from app.maintenance.step import Step
from app.maintenance.stranded_events import put_stranded_away
from app.maintenance.strict_order import sort_lanes

STEPS = (
    Step("lost_leases", 1, release_lost_leases),
    Step("held_events", 1, move_held_events),
    Step("stranded_events", 2, put_stranded_away),
    Step("strict_order", 1, sort_lanes),
    Step("counters", 1, compact_counters),
    Step("notices", 5, look_for_notices),
    Step("old_rows", 60, remove_old_rows),
    Step("old_answers", 60, remove_old_answers),
    Step("deleted_spaces", 600, remove_deleted_spaces),
    Step("mail", 5, hand_over_mail, waits=True),
    Step("recovery_probes", 5, probe_recoveries, waits=True),
)
