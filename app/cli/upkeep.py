"""Commands for whoever runs Hookdesk."""

from __future__ import annotations

import click
from flask import current_app

from app.maintenance.retention import remove_old


@click.command("purge")
@click.option("--days", type=click.IntRange(1, 3650), help="Keep that many days instead of RETENTION_DAYS.")
def purge(days: int | None) -> None:
    """Remove events, deliveries and attempts that are older than RETENTION_DAYS, now and all of them.

    Workers do the same by themselves, a little at a time.
    """
    kept = days or current_app.config["SETTINGS"].retention_days
    click.echo(f"{remove_old(kept)} rows older than {kept} days were removed.")


COMMANDS = (purge,)
