"""Checks of receivers on screen: the score card, the history, the schedule."""

from app.web.receiver_checks.pages import bp

__all__ = ["bp"]
