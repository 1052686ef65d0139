"""What a space sends, for the people who build receivers: how to verify, and every event with a sample."""

from app.web.event_types.pages import bp, public_bp

__all__ = ["bp", "public_bp"]
