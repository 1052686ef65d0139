"""What templates may call: words, times, pretty bodies. Bound to the app with the first blueprint."""

from __future__ import annotations

from flask import request
from flask.sansio.app import App
from flask_babel import get_locale
from flask_babel import gettext as _

from app.sending.failures import diagnosis
from app.sending.failures.wording import human_size
from app.web import times, words
from app.web.deliveries import bodies
from app.web.portal.visitor import portal_link

THEME_COOKIE = "theme"
THEMES = ("light", "dark")
# Fields whose parts stand in one element on screen.
_ONE_ELEMENT = frozenset({"events", "headers", "projects", "scopes"})


def install(app: App) -> None:
    """Give the templates their helpers."""
    app.jinja_env.globals.update(
        words=words,
        times=times,
        bodies=bodies,
        who_label=who_label,
        human_size=human_size,
        chosen_theme=chosen_theme,
        language=language,
        here=here,
        field_id=field_id,
    )
    app.jinja_env.filters["field_id"] = field_id
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def who_label(who: str) -> str:
    """Who must act, as a word."""
    return diagnosis.who_label(who, _)


def chosen_theme() -> str:
    """light or dark if the person chose one, or their host product; empty: as the system has it."""
    if (link := portal_link()) is not None:
        dark = link.theme.get("dark")
        return "" if dark is None else "dark" if dark else "light"
    theme = request.cookies.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


def language() -> str:
    """For `<html lang>`."""
    return str(get_locale() or "en").replace("_", "-")


def here() -> str:
    """This page's own path and query, to come back to; a POST comes back to the page it was made on."""
    path = request.full_path if request.method == "GET" else request.path
    return (request.script_root + path).rstrip("?")


def field_id(field: str) -> str:
    """The id of the element for a field of a service: `headers.X-Team` and `headers` share one."""
    parts = field.split(".")
    return "f-" + "-".join(parts[:1] if parts[0] in _ONE_ELEMENT else parts[:2])
