"""Set-up: prepare, spaces, people, API keys, demo."""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime

import click
from flask import current_app
from sqlalchemy import select, text

from app.cli.sentences import in_sentences
from app.core import schema_version
from app.core.errors import Invalid, NotFound
from app.core.extensions import db
from app.core.settings import Settings
from app.core.transaction import transaction
from app.demo import fill_demo
from app.models import Person
from app.models.api_key import SCOPES
from app.services.api_keys import create_key
from app.services.people import add_person, create_person
from app.services.people.password_resets import reset_link
from app.services.people.two_step import forget
from app.services.spaces import add_space, create_space, space_named

FIRST_SPACE = "My space"
FIRST_OWNER = "owner@example.com"


@click.command("prepare")
def prepare() -> None:
    """Check settings and database, migrate, and make the first space and owner."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with in_sentences():
        db.session.execute(text("select 1"))
        db.session.commit()
        _migrate()
        _first_owner()


@click.group("space")
def space() -> None:
    """Spaces: one for each customer organisation."""


@space.command("create")
@click.argument("name")
def space_create(name: str) -> None:
    """Create a space and print its id."""
    with in_sentences():
        click.echo(create_space(name).id)


@click.group("person")
def person() -> None:
    """People who log in."""


@person.command("create")
@click.option("--email", required=True)
@click.option("--password", required=True)
@click.option("--space", "space_name", required=True, help="Name of the space.")
@click.option("--role", default="admin", show_default=True, help="owner, admin, support or member.")
def person_create(email: str, password: str, space_name: str, role: str) -> None:
    """Add a person to a space and print their id."""
    with in_sentences():
        click.echo(create_person(email, password, space_named(space_name).id, role).id)


@person.command("password-link")
@click.option("--email", required=True)
def person_password_link(email: str) -> None:
    """Print a link to set a new password, which works once, for an hour."""
    with in_sentences():
        link = reset_link(email)
        if link is None:
            raise NotFound(f"There is nobody with the address {email}.")
        click.echo(link)


@person.command("two-steps-off")
@click.option("--email", required=True)
def person_two_steps_off(email: str) -> None:
    """Let somebody whose phone is lost log in with the password alone."""
    with in_sentences():
        found = db.session.scalar(select(Person).where(Person.email == email.strip().lower()))
        if found is None:
            raise NotFound(f"There is nobody with the address {email}.")
        forget(found.id)
        click.echo(f"{found.email} logs in with the password alone now.")


@click.group("api-key")
def api_key() -> None:
    """API keys for programs."""


@api_key.command("create")
@click.option("--space", "space_name", required=True, help="Name of the space.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, help=f"One of: {', '.join(SCOPES)}. May repeat."
)
@click.option("--name", default="Made on the command line", show_default=True)
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), help="The day from which it no longer works (UTC)."
)
@click.option("--action-api", is_flag=True, help="It may also sign calls of the action API with a hash.")
def api_key_create(
    space_name: str, scopes: tuple[str, ...], name: str, expires: datetime | None, action_api: bool
) -> None:
    """Create a key and print it, alone. It is not shown again."""
    with in_sentences():
        end = expires.replace(tzinfo=UTC) if expires else None
        space_id = space_named(space_name).id
        _key, plain = create_key(space_id, name, scopes, expires_at=end, action_api=action_api)
        click.echo(plain)


@click.command("demo")
def demo() -> None:
    """Fill a space "Demo" with believable webhooks, events and failures."""
    with in_sentences():
        demo_space, made = fill_demo()
    said = "is filled" if made else "was there already and is left as it is"
    click.echo(f'The space "{demo_space.name}" {said}. Choose it at the top right of the dashboard.')


def _migrate() -> None:
    with db.engine.connect() as connection:
        present = schema_version.present(connection)
    if present != schema_version.newest():
        schema_version.bring_to_newest()


def _first_owner() -> None:
    """On an empty database: a space and its owner, whose password is printed this once if it was made here."""
    if db.session.scalar(select(Person.id).limit(1)) is not None:
        return
    settings: Settings = current_app.config["SETTINGS"]
    email = settings.owner_email or FIRST_OWNER
    password = settings.owner_password or secrets.token_urlsafe(12)
    try:
        with transaction() as session:
            add_person(session, email, password, add_space(session, FIRST_SPACE).id, "owner")
    except Invalid as error:
        raise click.ClickException(
            " ".join(f"OWNER_{e.field.upper()}: {e.message}" for e in error.errors)
        ) from None
    click.echo(f"\n  Log in with   {email}")
    click.echo(f"  Password      {password if not settings.owner_password else '(your OWNER_PASSWORD)'}\n")


COMMANDS = (prepare, space, person, api_key, demo)
