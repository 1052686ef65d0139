"""One noun a file. A model knows its own rules and neither Flask's request nor RQ.

Times are milliseconds in the database and aware datetimes in Python (`base.UtcDateTime`).
"""

from app.core.orm import Base
from app.models.api_key import ApiKey
from app.models.attempt import Attempt
from app.models.change import Change
from app.models.confirmation import Confirmation
from app.models.counter import CounterChange, WebhookHour
from app.models.delivery import Delivery
from app.models.event import Event
from app.models.event_type import OwnEventType
from app.models.idempotent_answer import IdempotentAnswer
from app.models.inbox import Inbox, InboxMessage
from app.models.instance_event_type import InstanceEventType
from app.models.instance_key import InstanceKey
from app.models.lease import Lease
from app.models.login_failure import LoginFailure
from app.models.maintenance_run import MaintenanceRun
from app.models.notice import Mail, Notice
from app.models.oauth_credential import OAuthConnection, OAuthCredential, OAuthToken
from app.models.person import LoginSession, Membership, Person
from app.models.portal_link import PortalLink
from app.models.recovery_probe import RecoveryProbe
from app.models.request_template import RequestTemplate
from app.models.role import Role
from app.models.sns_key import SnsSigningKey
from app.models.space import Space
from app.models.webhook import Lane, SigningSecret, Subscription, Webhook
from app.models.webhook_version import WebhookVersion

__all__ = [
    "ApiKey",
    "Attempt",
    "Base",
    "Change",
    "RecoveryProbe",
    "Confirmation",
    "Delivery",
    "Event",
    "IdempotentAnswer",
    "Inbox",
    "InboxMessage",
    "InstanceEventType",
    "InstanceKey",
    "Lane",
    "Lease",
    "LoginFailure",
    "LoginSession",
    "Mail",
    "MaintenanceRun",
    "Membership",
    "Notice",
    "OAuthConnection",
    "OAuthCredential",
    "OAuthToken",
    "OwnEventType",
    "PortalLink",
    "RequestTemplate",
    "Person",
    "Role",
    "SigningSecret",
    "SnsSigningKey",
    "Space",
    "Subscription",
    "CounterChange",
    "Webhook",
    "WebhookHour",
    "WebhookVersion",
]
