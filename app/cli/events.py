"""Events on the command line: publish, resend, listen."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress

import click
from sqlalchemy import select

from app.cli.forwarding import forward
from app.cli.sentences import in_sentences
from app.core.errors import NotFound
from app.core.exact_json import loads
from app.core.extensions import db
from app.core.ids import new_id
from app.models import Attempt, Delivery
from app.queries.deliveries.sent import fill_in_sent
from app.services import deliveries
from app.services.events.publishing import publish as publish_events
from app.services.spaces import space_named

LISTEN_EVERY_S = 0.5


@click.command("publish")
@click.option("--space", "space_name", required=True, help="Name of the space.")
@click.option("--object-id", help="Id of the record that it is about.")
@click.argument("event_type")
@click.argument("data")
def publish(space_name: str, object_id: str | None, event_type: str, data: str) -> None:
    """Publish an event with DATA, a JSON object ("-": read it from standard input). Prints the event's id."""
    raw = sys.stdin.buffer.read() if data == "-" else os.fsencode(data)
    try:
        parsed = loads(raw)
    except ValueError as error:
        raise click.ClickException(f"DATA is not JSON: {str(error).rstrip('.')}.") from None
    with in_sentences():
        item = {"type": event_type, "data": parsed, "object_id": object_id}
        done = publish_events(space_named(space_name).id, [item])[0]
        click.echo(done.id)


@click.command("resend")
@click.argument("delivery_id")
def resend(delivery_id: str) -> None:
    """Send a delivery again now."""
    with in_sentences():
        space_id = db.session.scalar(select(Delivery.space_id).where(Delivery.id == delivery_id))
        if space_id is None:
            raise NotFound(f"There is no delivery {delivery_id}.")
        deliveries.resend(space_id, delivery_id)
        click.echo(f"{delivery_id} is on its way again.")


@click.command("listen")
@click.option("--space", "space_name", required=True, help="Name of the space.")
@click.option(
    "--forward-to", metavar="URL", help="Send each new event, signed, to this address on this machine."
)
@click.option("--event", "types", multiple=True, help="Only this event; may be given more than once.")
@click.option("--secret", help="The key to sign with (whsec_...); without it one is made and printed.")
@click.option("--count", "most", type=click.IntRange(1), help="End after so many events.")
def listen(
    space_name: str, forward_to: str | None, types: tuple[str, ...], secret: str | None, most: int | None
) -> None:
    """Show every attempt of a space as it happens, until Ctrl-C; or forward its events to this machine."""
    if forward_to is None and (types or secret or most):
        raise click.UsageError("--event, --secret and --count go with --forward-to.")
    with in_sentences(), suppress(KeyboardInterrupt):
        space_id = space_named(space_name).id
        if forward_to is not None:
            forward(space_id, forward_to, secret, types, most)
        else:
            _show_attempts(space_id)


def _show_attempts(space_id: str) -> None:
    newest = new_id("att")
    while True:
        attempts = db.session.scalars(
            select(Attempt).where(Attempt.space_id == space_id, Attempt.id > newest).order_by(Attempt.id)
        ).all()
        fill_in_sent(attempts, 0)
        for attempt in attempts:
            newest = attempt.id
            answer = attempt.status or attempt.reason
            click.echo(f"{attempt.started_at:%H:%M:%S}  {answer}  {attempt.method} {attempt.url}")
        db.session.commit()
        time.sleep(LISTEN_EVERY_S)


COMMANDS = (publish, resend, listen)
