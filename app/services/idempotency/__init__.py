"""Calls under an idempotency key: done once, answered the same for a day."""

from app.services.idempotency.answers import KeyedCall, RememberedAnswer, begin, finish, forget, forget_old

__all__ = ["KeyedCall", "RememberedAnswer", "begin", "finish", "forget", "forget_old"]
