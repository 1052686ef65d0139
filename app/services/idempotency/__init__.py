"""Calls under an idempotency key: done once, answered the same for a day."""

from app.services.idempotency.answers import Call, Remembered, begin, finish, forget, forget_old

__all__ = ["Call", "Remembered", "begin", "finish", "forget", "forget_old"]
