"""Failures on the command line: a sentence on standard error, exit code 1, no traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DBAPIError

from app.core.errors import Conflict, FieldError, Invalid, NotFound


@contextmanager
def in_sentences() -> Iterator[None]:
    """Turn what a service refuses, and a database that cannot be used, into a `ClickException`."""
    try:
        yield
    except Invalid as error:
        raise click.ClickException(" ".join(_sentence(e) for e in error.errors)) from None
    except NotFound as error:
        raise click.ClickException(str(error) or "There is no such thing.") from None
    except Conflict as error:
        raise click.ClickException(error.message) from None
    except (DataError, UnicodeEncodeError):
        raise click.ClickException("This holds characters that cannot be stored, such as NUL.") from None
    except DBAPIError as error:
        raise click.ClickException(unusable(error)) from None


def unusable(error: DBAPIError) -> str:
    """One sentence for a database that does not answer or is not prepared."""
    url = make_url(current_app.config["SETTINGS"].database_url)
    lines = str(error.orig).strip().splitlines()
    why = lines[0].rstrip(":.") if lines else "no answer"
    if "no such table" in why or "does not exist" in why and "relation" in why:
        return "The database is empty or old. Run: flask --app wsgi prepare"
    return f"The database {url.render_as_string()} cannot be used: {why}. Check DATABASE_URL."


def _sentence(error: FieldError) -> str:
    return f"{error.field}: {error.message}" if error.field else error.message
