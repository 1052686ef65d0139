"""What the audit calls what is done with recoveries."""

from __future__ import annotations

STARTED, STOPPED = "resend_job_started", "resend_job_stopped"
