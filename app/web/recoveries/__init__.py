"""Resend jobs on screen: ask and count, start, watch and stop, the list. In code they are recoveries (C7)."""

from flask.sansio.app import App

from app.web.recoveries import asking, index, show, words
from app.web.recoveries.blueprint import bp

__all__ = ["asking", "bp", "index", "show"]


def _install(app: App) -> None:
    """What the templates of recoveries call."""
    app.jinja_env.globals.update(
        recovery_badge=words.recovery_badge,
        recovery_progress=words.progress_words,
        recovery_which=words.which_words,
        recovery_time_left=words.time_left,
        recovery_estimate=words.estimate_words,
        recovery_moment=words.moment_words,
        recovery_end=words.end_sentences,
    )


bp.record_once(lambda state: _install(state.app))
