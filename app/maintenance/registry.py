"""All steps of the maintenance. A new one joins with one line."""

from __future__ import annotations

from app.maintenance.counters import compact_counters
from app.maintenance.deleted_spaces import remove_deleted_spaces
from app.maintenance.ends_of_keys import tell_of_ends_of_keys
from app.maintenance.held_events import move_held_events
from app.maintenance.incident_announcements import tell_of_incidents
from app.maintenance.incidents import find_incidents
from app.maintenance.lost_leases import release_lost_leases
from app.maintenance.old_answers import remove_old_answers
from app.maintenance.old_rows import remove_old_rows
from app.maintenance.own_events import publish_own_events
from app.maintenance.people import hand_over_mail, look_for_notices, write_digests
from app.maintenance.receiver_checks import look_at_certificates, run_receiver_checks
from app.maintenance.record_imports import import_records
from app.maintenance.recoveries import carry_recoveries_on
from app.maintenance.recovery_probes import probe_recoveries
from app.maintenance.search_keys import take_late_search_keys, take_search_keys
from app.maintenance.step import Step
from app.maintenance.stranded_events import put_stranded_away
from app.maintenance.strict_order import sort_lanes

STEPS = (
    Step("lost_leases", 1, release_lost_leases),
    Step("held_events", 1, move_held_events),
    Step("recoveries", 0.25, carry_recoveries_on),
    Step("stranded_events", 2, put_stranded_away),
    Step("strict_order", 1, sort_lanes),
    Step("counters", 1, compact_counters),
    Step("incidents", 1, find_incidents),
    Step("incident_announcements", 2, tell_of_incidents),
    Step("notices", 5, look_for_notices),
    Step("old_rows", 60, remove_old_rows),
    Step("old_answers", 60, remove_old_answers),
    Step("deleted_spaces", 600, remove_deleted_spaces),
    Step("record_imports", 1, import_records),
    Step("ends_of_keys", 300, tell_of_ends_of_keys),
    Step("search_keys", 1, take_search_keys),
    Step("late_search_keys", 30, take_late_search_keys),
    Step("mail", 5, hand_over_mail, waits=True),
    Step("recovery_probes", 5, probe_recoveries, waits=True),
    Step("receiver_checks", 1, run_receiver_checks),
    Step("digests", 60, write_digests),
    Step("own_events", 2, publish_own_events),
    Step("certificates", 60, look_at_certificates, waits=True),
)
