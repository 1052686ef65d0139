"""Alerts on screen."""

from app.web.alerts.pages import bp

__all__ = ["bp"]
