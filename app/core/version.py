"""The version, and how receivers see it."""

__version__ = "0.1.0"
USER_AGENT = f"Hookdesk/{__version__}"
