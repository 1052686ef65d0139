"""Which passwords may be used, and how they are kept: argon2id, common ones refused (security.md)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from app.core.errors import FieldError, Invalid

MIN_PASSWORD, MAX_PASSWORD = 8, 200
# A well-known word with a little hung on it ("monkey2026!") is tried early, too.
SHORT = 12
# What a password must have besides the person's own address or name.
OWN_PART = 5
FEWEST_CHARACTERS = 3
LONGEST_REPEATED = 4


def hash_password(password: str, about: Iterable[str] = ()) -> str:
    """The argon2id hash of a new password. `about`: e-mail address and name of its person.

    Raises `Invalid` with what to type instead if it is too short, too long or easily guessed.
    """
    if problem := _problem(password, about):
        raise Invalid([FieldError("password", problem)])
    return _hasher().hash(password)


def password_matches(password: str, hashed: str | None) -> bool:
    """True if the password belongs to the hash. None: nobody's, which costs the same time and never matches."""
    try:
        return (
            _hasher().verify(hashed or _nobodys_hash(), password[: MAX_PASSWORD + 1]) and hashed is not None
        )
    except (VerificationError, InvalidHashError):
        return False


def _problem(password: str, about: Iterable[str]) -> str | None:
    if len(password) < MIN_PASSWORD:
        return _("Use at least %(n)s characters.", n=MIN_PASSWORD)
    if len(password) > MAX_PASSWORD:
        return _("Use at most %(n)s characters.", n=MAX_PASSWORD)
    typed = "".join(password.split())
    plain = typed.casefold()
    if not plain:
        return _(
            "Use more than spaces: three or four words that do not belong together make a good password."
        )
    # As typed too: folding lengthens a piece that is repeated (ß becomes ss).
    if _is_monotonous(typed) or _is_monotonous(plain):
        return _("Use more different characters, not the same few over and over.")
    if _is_about(plain, about):
        return _("Use a password that is not made from your e-mail address or name.")
    if _is_common(plain):
        return _(
            "This is one of the passwords that are guessed first. Use three or four words that do not belong together."
        )
    return None


def _is_monotonous(text: str) -> bool:
    """`aaaaaaaa`, `abababab`, `12341234`, `abcdefgh`, `98765432`."""
    if len(set(text)) < FEWEST_CHARACTERS:
        return True
    steps = {ord(b) - ord(a) for a, b in zip(text, text[1:], strict=False)}
    return steps in ({1}, {-1}) or any(
        text == (text[:n] * len(text))[: len(text)] for n in range(1, LONGEST_REPEATED + 1)
    )


def _is_about(text: str, about: Iterable[str]) -> bool:
    """True if little is left of it without the words of the person's address and name."""
    left = text
    for word in sorted(_words(about), key=len, reverse=True):
        left = left.replace(word, "")
    return left != text and len(re.sub(r"[\W\d_]", "", left)) < OWN_PART


def _words(about: Iterable[str]) -> set[str]:
    """`ada.lovelace@example.com` is also `ada`, `lovelace` and `example`."""
    compacted = [one.casefold() for one in about if one]
    parts = {part for one in compacted for part in re.split(r"[\W_]+", one)}
    return {word for word in {*compacted, *parts} if len(word) > 2}


def _is_common(text: str) -> bool:
    known = _common()
    return text in known or (len(text) < SHORT and re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text) in known)


@cache
def _common() -> frozenset[str]:
    """The 30,000 passwords seen most often in leaks. Read when the first password is set: it takes 20 ms."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]  # noqa: PLC0415

    return frozenset(FREQUENCY_LISTS["passwords"])


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    """Checked in place of an unknown person's password, so that both take the same time."""
    return _hasher().hash(secrets.token_urlsafe())
