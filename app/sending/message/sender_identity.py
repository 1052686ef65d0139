"""What messages say about their sender, in the formats that do: who we are, and how that is proved."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.sending.message.signing import SigningKey
from app.sending.message.sns import SnsTopic
from app.sending.message.sns_key import SnsKey


@dataclass(frozen=True, slots=True)
class SenderIdentity:
    """One an installation. base_url: where people and receivers reach us. sns_key: called when it is needed."""

    base_url: str
    sns_key: Callable[[], SnsKey]

    @property
    def domain(self) -> str:
        """The host of our address, as `notification` names it (S0)."""
        return urlsplit(self.base_url).hostname or ""

    def topic(self, row: Mapping[str, Any]) -> SnsTopic:
        """What stands for a webhook in SNS's terms. `row`: its settings."""
        return SnsTopic(self.base_url, row["space_id"], row["id"], row["sns_version"], self.sns_key)


def space_secret(key: SigningKey) -> str:
    """The value of `secret` in the format `space` (S3): made of the webhook's secret key, one way only.

    So it is kept as safe as that key, is replaced when that is replaced, and gives nothing of it away.
    """
    return "wh_" + hmac.digest(key.secret, b"space", hashlib.sha256).hex()[:32]
