"""Failures on the command line: a sentence on standard error, exit code 1, no traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from sqlalchemy.exc import OperationalError

from app.services.errors import Conflict, Invalid, NotFound


@contextmanager
def in_sentences() -> Iterator[None]:
    """Turn what a service refuses into a `ClickException`. Opens a request context, as gettext needs one."""
    with current_app.test_request_context():
        try:
            yield
        except Invalid as error:
            raise click.ClickException(" ".join(f"{e.field}: {e.message}" for e in error.errors)) from None
        except NotFound as error:
            raise click.ClickException(str(error) or "There is no such thing.") from None
        except Conflict as error:
            raise click.ClickException(error.message) from None
        except OperationalError as error:
            raise click.ClickException(unreachable(error)) from None


def unreachable(error: OperationalError) -> str:
    """One sentence for a database that does not answer."""
    address = current_app.config["SETTINGS"].database_url.rsplit("@", 1)[-1]
    why = str(error.orig).strip().splitlines()[0].rstrip(":") if error.orig else "no answer"
    return f"The database at {address} cannot be used: {why}. Check DATABASE_URL."
