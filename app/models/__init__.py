"""One noun a file. A model knows its own rules and neither Flask's request nor RQ.

Times are milliseconds in the database and aware datetimes in Python (`base.UtcDateTime`).
"""

from app.core.orm import Base
from app.models.alert_choice import AlertChoice, DigestEntry
from app.models.api_key import ApiKey
from app.models.attempt import Attempt
from app.models.change import Change
from app.models.confirmation import Confirmation
from app.models.counter import CounterChange, WebhookHour
from app.models.delivery import Delivery
from app.models.delivery_link import DeliveryLink
from app.models.developer_page import DeveloperPage
from app.models.email_change import EmailChange
from app.models.event import Event
from app.models.event_type import OwnEventType
from app.models.idempotent_answer import IdempotentAnswer
from app.models.inbox import Inbox, InboxMessage
from app.models.incident import Incident, IncidentAnnouncement
from app.models.incoming_source import IncomingSource
from app.models.incoming_webhook import IncomingAddress, IncomingCall, IncomingWebhook
from app.models.instance_event_type import InstanceEventType
from app.models.instance_key import InstanceKey
from app.models.invitation import Invitation
from app.models.lease import Lease
from app.models.login_failure import LoginFailure
from app.models.maintenance_run import MaintenanceRun
from app.models.notice import Mail, Notice
from app.models.oauth_credential import OAuthConnection, OAuthCredential, OAuthToken
from app.models.own_service import OwnService
from app.models.password_reset import PasswordReset
from app.models.person import LoginSession, Membership, Person
from app.models.portal_link import PortalLink
from app.models.reading_place import ReadingPlace
from app.models.receiver_check import ReceiverCheck, ReceiverWatch
from app.models.record import Record, RecordAuthor, RecordCounter, RecordImport, RecordLink
from app.models.recovery import Recovery, RecoveryItem
from app.models.recovery_code import RecoveryCode
from app.models.recovery_probe import RecoveryProbe
from app.models.request_template import RequestTemplate
from app.models.role import Role
from app.models.search_progress import SearchProgress
from app.models.sns_key import SnsSigningKey
from app.models.space import Space
from app.models.webhook import Lane, SigningSecret, Subscription, Webhook
from app.models.webhook_version import WebhookVersion

__all__ = [
    "AlertChoice",
    "DeveloperPage",
    "DigestEntry",
    "ReadingPlace",
    "ReceiverCheck",
    "ReceiverWatch",
    "EmailChange",
    "Invitation",
    "PasswordReset",
    "RecoveryCode",
    "ApiKey",
    "Attempt",
    "Base",
    "Change",
    "Record",
    "RecordAuthor",
    "RecordCounter",
    "RecordImport",
    "RecordLink",
    "Recovery",
    "RecoveryItem",
    "RecoveryProbe",
    "Confirmation",
    "Delivery",
    "DeliveryLink",
    "Event",
    "IdempotentAnswer",
    "Inbox",
    "Incident",
    "IncidentAnnouncement",
    "InboxMessage",
    "InstanceEventType",
    "InstanceKey",
    "IncomingAddress",
    "IncomingCall",
    "IncomingSource",
    "IncomingWebhook",
    "OwnService",
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
    "SearchProgress",
    "SigningSecret",
    "SnsSigningKey",
    "Space",
    "Subscription",
    "CounterChange",
    "Webhook",
    "WebhookHour",
    "WebhookVersion",
]
