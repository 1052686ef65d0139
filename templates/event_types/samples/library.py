# pip install standardwebhooks
from standardwebhooks.webhooks import Webhook


def message_of(secret_key: str, headers: dict[str, str], body: bytes) -> dict:
    """The message; raises WebhookVerificationError if it is not genuine. Answer 401 then."""
    return Webhook(secret_key).verify(body, headers)
