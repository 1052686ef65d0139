"""Messages in the envelope of Amazon SNS, so that ready-made SNS handlers confirm and verify them (S0).

Fields, headers and the string to sign are those of the Amazon SNS developer guide ("Parsing Amazon SNS
message formats", "Verifying the signatures of Amazon SNS messages").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from app.sending.message.layout import Headers, Layout, Query, RenderableEvent
from app.sending.message.sns_key import SnsKey, base64_of

NOTIFICATION, CONFIRMATION = "Notification", "SubscriptionConfirmation"
SHA1_SIGNED, SHA256_SIGNED = "1", "2"

# Version 1 is SHA-1 by Amazon's rules; 2 is there for who wants better.
# The values that are signed, in the order of their names; one that a message does not have is left out.
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    SHA1_SIGNED: hashes.SHA1,
    SHA256_SIGNED: hashes.SHA256,
}

Envelope = dict[str, str]


@dataclass(frozen=True, slots=True)
class SnsTopic:
    """What stands for a webhook in SNS's terms, and how its messages are signed.

    key: called when a message is signed, since most processes never sign one. version: SignatureVersion.
    """

    base_url: str
    space_id: str
    webhook_id: str
    version: str
    key: Callable[[], SnsKey] = field(repr=False)

    @property
    def topic_arn(self) -> str:
        """The topic: one a webhook. In a partition of our own: it is none of Amazon's."""
        return f"arn:hookdesk:sns:global:{self.space_id}:{self.webhook_id}"

    @property
    def subscription_arn(self) -> str:
        """The webhook's one subscription to its topic."""
        return f"{self.topic_arn}:subscription"

    def sealed(self, envelope: Envelope) -> Envelope:
        """The envelope with its signature and where to get the certificate that proves it."""
        key = self.key()
        signature = sign(key.private, envelope, self.version)
        return envelope | {
            "SignatureVersion": self.version,
            "Signature": signature,
            "SigningCertURL": f"{self.base_url}{certificate_path(key.id)}",
        }


def certificate_path(key_id: str) -> str:
    """Where a certificate is served, named as Amazon names its own: validators look for the ending."""
    return f"/sns/SimpleNotificationService-{key_id}.pem"


def string_to_sign(envelope: Envelope) -> str:
    """Name and value of each signed field, every one followed by a line feed."""
    names: Sequence[str] = _SIGNED[envelope["Type"]]
    return "".join(f"{name}\n{envelope[name]}\n" for name in names if name in envelope)


def sign(private: RSAPrivateKey, envelope: Envelope, version: str) -> str:
    """The Signature: RSA, PKCS #1 v1.5, over SHA-1 (version 1) or SHA-256 (version 2), in base64."""
    return base64_of(private.sign(string_to_sign(envelope).encode(), PKCS1v15(), _HASHES[version]()))


def notification_body(event: RenderableEvent, layout: Layout, message: str) -> bytes:
    """The body of a Notification. message: the text that stands in `Message`."""
    return orjson.dumps(_notification(event, _topic(layout), message))


def notification_query(event: RenderableEvent, layout: Layout, message: str) -> Query:
    """The same as query parameters: an SNS envelope is flat, and can be verified from them."""
    return list(_notification(event, _topic(layout), message).items())


def notification_headers(event: RenderableEvent, layout: Layout) -> Headers:
    """The headers that go with a Notification."""
    topic = _topic(layout)
    return [
        *_headers(NOTIFICATION, event.id, topic),
        ("x-amz-sns-subscription-arn", topic.subscription_arn),
    ]


def confirmation_body(event: RenderableEvent, topic: SnsTopic, link: str, token: str) -> bytes:
    """The body of a SubscriptionConfirmation: whoever follows `link` confirms. token: what the link holds."""
    message = (
        f"You have chosen to subscribe to the topic {topic.topic_arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message."
    )
    envelope = {
        "Type": CONFIRMATION,
        "MessageId": event.id,
        "Token": token,
        "TopicArn": topic.topic_arn,
        "Message": message,
        "SubscribeURL": link,
        "Timestamp": event.timestamp,
    }
    return orjson.dumps(topic.sealed(envelope))


def confirmation_headers(message_id: str, topic: SnsTopic) -> Headers:
    """The headers that go with a SubscriptionConfirmation."""
    return _headers(CONFIRMATION, message_id, topic)


def _notification(event: RenderableEvent, topic: SnsTopic, message: str) -> Envelope:
    envelope = {
        "Type": NOTIFICATION,
        "MessageId": event.id,
        "TopicArn": topic.topic_arn,
        "Message": message,
        "Timestamp": event.timestamp,
    }
    # SNS says here how to end the subscription: at ours that is done on the webhook's page.
    return topic.sealed(envelope) | {"UnsubscribeURL": f"{topic.base_url}/webhooks/{topic.webhook_id}"}


def _headers(kind: str, message_id: str, topic: SnsTopic) -> Headers:
    return [
        ("x-amz-sns-message-type", kind),
        ("x-amz-sns-message-id", message_id),
        ("x-amz-sns-topic-arn", topic.topic_arn),
    ]


def _topic(layout: Layout) -> SnsTopic:
    if layout.topic is None:
        raise ValueError("A message in the format sns needs a topic.")
    return layout.topic
