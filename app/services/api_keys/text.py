"""What a key looks like: `hkd_`, 43 random characters, 6 that check the others (docs/secret-scanning.md).

The checksum lets a scanner tell a key from chance without asking us; it proves nothing, so keys are looked up by
their hash all the same. Keys that were made before begin with `hd_`, have no checksum, and go on working.
"""

from __future__ import annotations

import re
import secrets
import string
import zlib

PREFIX = "hkd_"
RANDOM_CHARACTERS, CHECK_CHARACTERS = 43, 6
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
# What a secret scanner looks for.
PATTERN = r"\bhkd_[0-9A-Za-z]{49}\b"


def new_text() -> str:
    """A new key: 43 characters of 62 are 256 random bits."""
    random = "".join(secrets.choice(ALPHABET) for _number in range(RANDOM_CHARACTERS))
    return f"{PREFIX}{random}{checksum(random)}"


def checksum(random: str) -> str:
    """The CRC-32 (as in zip) of the random characters in base 62, digits first, six characters."""
    rest, text = zlib.crc32(random.encode()), ""
    for _number in range(CHECK_CHARACTERS):
        rest, digit = divmod(rest, len(ALPHABET))
        text = ALPHABET[digit] + text
    return text


def looks_like_a_key(text: str) -> bool:
    """True if this has the look of a key and its checksum is right."""
    if not re.fullmatch(PATTERN, text):
        return False
    random, check = text[len(PREFIX) : -CHECK_CHARACTERS], text[-CHECK_CHARACTERS:]
    return checksum(random) == check
