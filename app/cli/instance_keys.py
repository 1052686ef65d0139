"""Keys of the whole instance, for a host product. Nothing but the command line makes them (api.md)."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from app.cli.sentences import in_sentences
from app.models.instance_key import INSTANCE_SCOPES
from app.services.instance_keys import create_instance_key, list_instance_keys, revoke_instance_key


@click.group("instance-key")
def instance_key() -> None:
    """Keys for a host product: they open all spaces."""


@instance_key.command("create")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help=f"One of: {', '.join(INSTANCE_SCOPES)}. May repeat.",
)
@click.option("--name", default="Host product", show_default=True, help="What the audit log calls it.")
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), help="The day from which it no longer works (UTC)."
)
def create(scopes: tuple[str, ...], name: str, expires: datetime | None) -> None:
    """Create a key and print it, alone. It is not shown again."""
    with in_sentences():
        _key, text = create_instance_key(scopes, name, expires.replace(tzinfo=UTC) if expires else None)
        click.echo(text)


@instance_key.command("list")
def show() -> None:
    """List the keys that work: id, name, how it ends in, scopes, end."""
    with in_sentences():
        for key in list_instance_keys():
            end = f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "no end"
            click.echo(f"{key.id}  {key.name}  …{key.hint}  {' '.join(key.scopes)}  {end}")


@instance_key.command("revoke")
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """End a key for good. KEY_ID: as `instance-key list` shows it."""
    with in_sentences():
        revoke_instance_key(key_id)
        click.echo("Revoked.")


COMMANDS = (instance_key,)
