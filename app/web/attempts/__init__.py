"""Tries on screen beside each other."""

from flask.sansio.app import App

from app.web.attempts import compare, phases
from app.web.attempts.blueprint import bp

__all__ = ["bp", "compare"]


def _install(app: App) -> None:
    """What templates call."""
    app.jinja_env.globals.update(
        phase_bar=phases.phase_bar, phase_words=phases.phase_words, attempt_choice=compare.attempt_choice
    )


bp.record_once(lambda state: _install(state.app))
