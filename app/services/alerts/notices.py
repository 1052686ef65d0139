"""Tell people about a webhook that is going to be turned off by us, was, or works again (B3, B5).

Whoever sweeps looks; the unique key of `notice` makes it once per episode, however many look at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, exists, literal, literal_column, select, type_coerce
from sqlalchemy.orm import Session

from app.audit.actions import TRIAL_MAIL
from app.audit.differences import detail
from app.audit.subject import SPACE, Subject
from app.core.actor import HOOKDESK
from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import now_ms, utc_now
from app.core.transaction import transaction
from app.core.upserts import insert_into
from app.models import Lane, Mail, Notice, Space, Webhook
from app.models.alert_choice import DIGEST as IN_DIGEST
from app.models.disable_policy import FAILURES_COUNTED
from app.models.notice import CERTIFICATE_ENDS, TURNED_OFF, WARNING
from app.models.webhook import ON, STOPPED
from app.queries.spaces import in_use
from app.services.alerts import digests, mail
from app.services.alerts.choices import to_be_told
from app.services.alerts.letters import letter_about, trial_letter
from app.services.auditing import note
from app.services.events import about_webhooks
from app.services.receiver_checks.certificates import ending
from app.services.webhooks import changes, recovery_probe

AT_ONCE = 100
# A receiver that hiccups all day is one warning an hour, not one a minute.
WARNING_REST = timedelta(hours=1)


def look() -> int:
    """Notice what there is to tell, and write the letters. Returns how many notices were made."""
    session = db.session()
    found = [(tell_of, find(session)) for find, tell_of in FOUND_BY_LOOKING]
    return sum(tell_of(one) for tell_of, ones in found for one in ones)


def tell(
    session: Session,
    webhook: Webhook,
    kind: str,
    episode: datetime,
    by_mail: bool = True,
    details: Mapping[str, Any] | None = None,
) -> bool:
    """Make a notice, and tell everybody who wants to know, each as they chose; False if it was made before.

    `details`: what its letter needs besides (`letters.NOTICES`). Within the caller's transaction. Of an archived
    space nobody is told.
    """
    notice_id = new_id("ntc")
    if not _insert_once(session, notice_id, webhook, kind, episode, dict(details or {})):
        return False
    if by_mail and mail.server() is not None and _is_in_use(session, webhook.space_id):
        _write_to_people(session, notice_id, webhook, kind, details or {})
    return True


def _is_in_use(session: Session, space_id: str) -> bool:
    return session.get_one(Space, space_id, populate_existing=True).archived_at is None


def _write_to_people(
    session: Session, notice_id: str, webhook: Webhook, kind: str, details: Mapping[str, Any]
) -> None:
    people = to_be_told(session, webhook.space_id, kind)
    if not people:
        return
    subject, body = letter_about(kind, webhook, details)
    for member, way in people:
        if way == IN_DIGEST:
            digests.add(session, webhook.space_id, member.person_id, notice_id, subject)
        else:
            mail.write(session, webhook.space_id, member.person.email, subject, body, notice_id)


def send_trial(space_id: str, recipient: str) -> bool:
    """A letter to one person, to see whether mail arrives; False if no mail server is set."""
    if mail.server() is None:
        return False
    with transaction() as session:
        mail.write(session, space_id, recipient, *trial_letter())
        note(session, space_id, TRIAL_MAIL, Subject(SPACE, space_id), [detail("mail.to", None, recipient)])
    return True


def _half_way(session: Session) -> Sequence[str]:
    """Webhooks that are on, have used half of what they may fail, and whose run of failures is not told yet."""
    told = exists().where(
        Notice.webhook_id == Lane.webhook_id, Notice.kind == WARNING, Notice.episode == Lane.failing_since
    )
    query = (
        select(Lane.webhook_id)
        .join(Webhook, Webhook.id == Lane.webhook_id)
        .where(
            Lane.failing_since <= utc_now(),
            literal_column(FAILURES_COUNTED) * 2 >= Webhook.failure_limit,
            type_coerce(Lane.failing_since, BigInteger) + Webhook.failure_window_s * 500
            <= literal(now_ms(), BigInteger),
            Webhook.state == ON,
            in_use(Webhook.space_id),
            ~told,
        )
    )
    return session.scalars(query.limit(AT_ONCE)).all()


def _turned_off(session: Session) -> Sequence[str]:
    """Webhooks that the engine turned off, not told yet."""
    told = exists().where(
        Notice.webhook_id == Webhook.id, Notice.kind == TURNED_OFF, Notice.episode == Webhook.state_since
    )
    # The state stands in the text, not in a parameter: only then the partial index of stopped ones serves.
    stopped = Webhook.state == literal_column(f"'{STOPPED}'")
    query = select(Webhook.id).where(stopped, Webhook.deleted_at.is_(None), ~told)
    return session.scalars(query.limit(AT_ONCE)).all()


def _tell_warning(webhook_id: str) -> bool:
    with transaction() as session:
        webhook = session.get_one(Webhook, webhook_id, populate_existing=True)
        since = webhook.lane.failing_since
        if since is None or not webhook.is_warned:
            return False
        return tell(session, webhook, WARNING, since, by_mail=not _warned_lately(session, webhook_id))


def _warned_lately(session: Session, webhook_id: str) -> bool:
    recent = (
        select(Notice.id)
        .join(Mail, Mail.notice_id == Notice.id)
        .where(Notice.webhook_id == webhook_id, Notice.kind == WARNING, Notice.at > utc_now() - WARNING_REST)
    )
    return session.scalar(recent.limit(1)) is not None


def _tell_turned_off(webhook_id: str) -> bool:
    """The engine wrote the state alone, in the midst of its batch; the rest of the record follows here."""
    with transaction() as session:
        webhook = session.get_one(Webhook, webhook_id, populate_existing=True)
        if webhook.state != STOPPED or not tell(session, webhook, TURNED_OFF, webhook.state_since):
            return False
        details = [changes.detail("state", ON, STOPPED), changes.detail("reason", None, webhook.state_reason)]
        changes.record(session, webhook, changes.STOPPED, details, at=webhook.state_since, by=HOOKDESK)
        recovery_probe.plan(session, webhook)
        about_webhooks.webhook_stopped(session, webhook)
    return True


def _certificates(session: Session) -> Sequence[tuple[str, datetime]]:
    """Webhooks whose receiver's certificate ends soon, not told yet."""
    found = ending(session)
    known = (
        session.execute(
            select(Notice.webhook_id, Notice.episode).where(
                Notice.kind == CERTIFICATE_ENDS, Notice.webhook_id.in_([one for one, _ends in found])
            )
        ).all()
        if found
        else []
    )
    return [one for one in found if one not in set(known)]


def _tell_certificate(found: tuple[str, datetime]) -> bool:
    webhook_id, ends = found
    with transaction() as session:
        webhook = session.get_one(Webhook, webhook_id, populate_existing=True)
        return tell(session, webhook, CERTIFICATE_ENDS, ends, details={"date": ends.date().isoformat()})


def _insert_once(
    session: Session, notice_id: str, webhook: Webhook, kind: str, episode: datetime, details: dict[str, Any]
) -> bool:
    made = session.scalar(
        insert_into(session, Notice)
        .values(
            id=notice_id,
            space_id=webhook.space_id,
            webhook_id=webhook.id,
            kind=kind,
            episode=episode,
            at=utc_now(),
            details=details,
        )
        .on_conflict_do_nothing()
        .returning(Notice.id)
    )
    return made is not None


# Who finds what people are told, and who tells one of what was found.
FOUND_BY_LOOKING: tuple[tuple[Callable[[Session], Sequence[Any]], Callable[[Any], bool]], ...] = (
    (_half_way, _tell_warning),
    (_turned_off, _tell_turned_off),
    (_certificates, _tell_certificate),
)
