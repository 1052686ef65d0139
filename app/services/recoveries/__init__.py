"""Recoveries: send events of a webhook again, counted first, in steps, with an end that is told (C7)."""

from app.services.recoveries.schema import RecoveryIn
from app.services.recoveries.starting import count_in, refuse_if_impossible, start
from app.services.recoveries.stepping import take_step
from app.services.recoveries.stopping import stop

__all__ = ["RecoveryIn", "count_in", "refuse_if_impossible", "start", "stop", "take_step"]
