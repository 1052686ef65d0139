"""Secrets at rest: signing keys, passwords and own headers are kept encrypted, each with its key's id."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken


class EncryptionError(RuntimeError):
    """A kept secret cannot be read: its key is not among ENCRYPTION_KEYS."""


class Vault:
    """Encrypts with the newest key, decrypts with whichever key a value names."""

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        """`keys`: (id, Fernet key) pairs, newest first."""
        self._current = keys[0][0]
        self._boxes = {key_id: Fernet(key) for key_id, key in keys}

    @property
    def key_ids(self) -> list[str]:
        """The ids of the keys it has, newest first."""
        return list(self._boxes)

    def encrypt(self, plain: str) -> str:
        """Text to `id:token`, safe to store."""
        return f"{self._current}:{self._boxes[self._current].encrypt(plain.encode()).decode()}"

    def decrypt(self, kept: str) -> str:
        """`id:token` back to text. Raises `EncryptionError` if the key is gone or the value was changed."""
        key_id, _, token = kept.partition(":")
        try:
            return self._boxes[key_id].decrypt(token).decode()
        except KeyError:
            raise EncryptionError(f"The encryption key {key_id!r} is missing from ENCRYPTION_KEYS.") from None
        except InvalidToken:
            raise EncryptionError("A kept secret was changed or belongs to another key.") from None
