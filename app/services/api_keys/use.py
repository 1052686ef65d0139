"""When a key was last used, and from where: written at most once a minute for each key."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import or_, update
from sqlalchemy.exc import OperationalError

from app.core.expiring_cache import ExpiringCache
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import ApiKey

AT_MOST_EVERY = timedelta(minutes=1)

log = structlog.get_logger(__name__)

# Keys whose use this process has seen within the last minute: for them there is nothing to write.
_seen: ExpiringCache[bool] = ExpiringCache(seconds=AT_MOST_EVERY.total_seconds())


def noted_lately(key: ApiKey) -> bool:
    """True if there is nothing to write: its use was seen here within the last minute."""
    return bool(_seen.get(key.id))


def note_use(key: ApiKey, address: str) -> None:
    """This key was just used. Other processes may have written it already: then the row stays as it is."""
    if noted_lately(key):
        return
    _seen.put(key.id, True)
    now = utc_now()
    not_noted = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= now - AT_MOST_EVERY)
    try:
        with transaction() as session:
            session.execute(
                update(ApiKey)
                .where(ApiKey.id == key.id, not_noted)
                .values(last_used_at=now, last_used_from=address.replace("\0", "")[:64])
            )
    except OperationalError:  # a busy database: a call must not fail because its time could not be noted
        log.warning("the use of an API key could not be noted", key_id=key.id)
