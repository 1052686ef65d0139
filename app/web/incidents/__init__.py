"""Incidents on screen: the list, one with its timeline, and the sentence that other pages say of them."""

from flask.sansio.app import App

from app.core.times import from_ms
from app.web.incidents import index, show, words
from app.web.incidents.blueprint import bp

__all__ = ["bp", "index", "show"]


def _install(app: App) -> None:
    """What templates call."""
    app.jinja_env.globals.update(
        incident_sentence=words.incident_sentence,
        incident_window=words.incident_window,
        incident_badge=words.incident_badge,
        from_ms=from_ms,
        reason_with_server=words.reason_with_server,
    )


bp.record_once(lambda state: _install(state.app))
