"""Two-step log-in: a code of an authenticator app after the password (TOTP, RFC 6238), or a recovery code.

The secret is encrypted, recovery codes are hashed. A code counts once, also within the time that it is shown.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

import pyotp
from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.audit.actions import CODES_RENEWED, TWO_STEP_BEGUN, TWO_STEP_OFF, TWO_STEP_ON
from app.audit.differences import MASK, detail
from app.core.digests import digest_of
from app.core.errors import Conflict, FieldError, Invalid
from app.core.extensions import db, vault
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import Membership, Person, RecoveryCode, Space
from app.services.log_in_limits import Origin, count_try, forgive
from app.services.people.noting import note_everywhere

STEP_S = 30
# Clocks differ: the code before and the one after count, too (RFC 6238, section 5.2).
STEPS_AROUND = (0, -1, 1)
RECOVERY_CODES = 10
# All the networks of the world together get this many guesses a day at the codes of one account: 3 codes of a
# million count at a time, so somebody who has the password, too, has 1 chance in 1,600 a day.
MOST_GUESSES = 200
_IS_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class SetUp:
    """What an authenticator app needs: the secret to type in, or the address that the QR code carries."""

    secret: str
    uri: str


def begin(person_id: str) -> SetUp:
    """A secret for somebody who wants two steps; it is asked for only after `turn_on`."""
    with transaction() as session:
        person = session.get_one(Person, person_id, populate_existing=True)
        if person.totp_since is not None:
            raise Conflict("two_step_is_on", _("Logging in with two steps is on already."))
        if person.totp_secret is None:
            person.totp_secret = vault().encrypt(pyotp.random_base32())
            note_everywhere(session, person_id, TWO_STEP_BEGUN)
        secret = vault().decrypt(person.totp_secret)
    return SetUp(secret, pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name="Hookdesk"))


def turn_on(person_id: str, code: str, token: str) -> list[str]:
    """From now on a code is asked for; the recovery codes, which are shown this once.

    `token`: of the session it is done in. Raises `Invalid`, `TooManyFailures` and `Conflict`.
    """
    with transaction() as session:
        person = session.get_one(Person, person_id, populate_existing=True)
        if person.totp_since is not None or person.totp_secret is None:
            raise Conflict("two_step_is_on", _("Begin again: scan the code that is shown now."))
    _check(person_id, code, Origin("", digest_of(token)))
    with transaction() as session:
        session.execute(update(Person).where(Person.id == person_id).values(totp_since=utc_now()))
        note_everywhere(session, person_id, TWO_STEP_ON, [detail("two_step", False, True)])
        return _new_codes(session, person_id)


def renew_codes(person_id: str, code: str, token: str) -> list[str]:
    """New recovery codes in place of the old ones. Raises `Invalid` and `TooManyFailures`."""
    _check(person_id, code, Origin("", digest_of(token)))
    with transaction() as session:
        changed = [detail("two_step.recovery_codes", MASK, MASK, secret=True)]
        note_everywhere(session, person_id, CODES_RENEWED, changed)
        return _new_codes(session, person_id)


def turn_off(person_id: str, code: str, token: str) -> None:
    """The password alone is enough again. Raises `Invalid`, `TooManyFailures`, and `Conflict` where it is required."""
    if spaces := spaces_that_require_it(person_id):
        names = ", ".join(f"“{name}”" for name in spaces)
        raise Conflict("two_step_required", _("%(spaces)s requires it, so it stays on.", spaces=names))
    _check(person_id, code, Origin("", digest_of(token)))
    forget(person_id)


def forget(person_id: str) -> None:
    """Turn it off without a code, for whoever runs Hookdesk (command line): a phone is lost, and so are the codes."""
    with transaction() as session:
        session.execute(
            update(Person)
            .where(Person.id == person_id)
            .values(totp_secret=None, totp_since=None, totp_last_step=None)
        )
        session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
        note_everywhere(session, person_id, TWO_STEP_OFF, [detail("two_step", True, False)])


def spaces_that_require_it(person_id: str) -> list[str]:
    """The names of the spaces of this person where everybody logs in with two steps."""
    return list(
        db.session().scalars(
            select(Space.name)
            .join(Membership, Membership.space_id == Space.id)
            .where(Membership.person_id == person_id, Space.require_totp.is_(True))
            .order_by(Space.name)
        )
    )


def codes_left(person_id: str) -> int:
    """How many recovery codes were not used yet."""
    query = select(func.count()).select_from(RecoveryCode)
    unused = query.where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return db.session().scalar(unused) or 0


def code_counts(person_id: str, typed: str, origin: Origin) -> bool:
    """True if this is a code of theirs that was not used before; it is used now. Guesses are counted.

    Raises `TooManyFailures`.
    """
    failure_id = count_try(f"code:{person_id}", origin, most=MOST_GUESSES)
    with transaction() as session:
        person = session.get_one(Person, person_id, populate_existing=True)
        plain = re.sub(r"[\s-]", "", typed)[:64]
        good = (
            _use_code(session, person, plain)
            if _IS_CODE.fullmatch(plain)
            else _use_recovery(session, person, plain)
        )
        if good:
            forgive(session, f"code:{person_id}", origin, failure_id)
    return good


def _check(person_id: str, typed: str, origin: Origin) -> None:
    if not code_counts(person_id, typed, origin):
        raise Invalid([FieldError("code", wrong_code())])


def wrong_code() -> str:
    """What to do about a code that does not count."""
    return _("This code does not count. Type the six digits that the app shows now; each counts once.")


def _use_code(session: Session, person: Person, code: str) -> bool:
    """Each time step counts once: its code is no good to whoever looked over a shoulder (RFC 6238, section 5.2)."""
    if person.totp_secret is None:
        return False
    totp, now = pyotp.TOTP(vault().decrypt(person.totp_secret)), int(time.time()) // STEP_S
    step = next(
        (now + n for n in STEPS_AROUND if hmac.compare_digest(totp.generate_otp(now + n), code)), None
    )
    if step is None:
        return False
    return _changed(
        session,
        update(Person)
        .where(Person.id == person.id, or_(Person.totp_last_step.is_(None), Person.totp_last_step < step))
        .values(totp_last_step=step),
    )


def _use_recovery(session: Session, person: Person, code: str) -> bool:
    return _changed(
        session,
        update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person.id,
            RecoveryCode.code_hash == _hashed(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=utc_now()),
    )


def _changed(session: Session, statement: Any) -> bool:
    return bool(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _new_codes(session: Session, person_id: str) -> list[str]:
    codes = [_recovery_code() for _number in range(RECOVERY_CODES)]
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    session.add_all(
        RecoveryCode(person_id=person_id, code_hash=_hashed(code.replace("-", ""))) for code in codes
    )
    return codes


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))


def _hashed(code: str) -> str:
    return hashlib.sha256(code.lower().encode("utf-8", "replace")).hexdigest()
