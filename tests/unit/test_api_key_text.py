"""What keys look like, as the documentation for secret scanners says it."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from app.services.api_keys.text import PATTERN, checksum, looks_like_a_key, new_text

DOCUMENT = Path(__file__).parents[2] / "docs" / "secret-scanning.md"


def test_a_new_key_fits_the_pattern_and_its_checksum_and_no_two_are_the_same():
    keys = {new_text() for _number in range(200)}
    assert len(keys) == 200
    assert all(looks_like_a_key(key) for key in keys)


@pytest.mark.parametrize("at", [4, 20, 46, 47, 52])
def test_one_wrong_character_is_noticed(at: int):
    key = new_text()
    other = next(c for c in string.ascii_letters if c != key[at])
    assert not looks_like_a_key(key[:at] + other + key[at + 1 :])


def test_the_document_says_what_the_program_does():
    text = DOCUMENT.read_text()
    assert PATTERN in text
    program = re.search(r"```python\n(.*?)```", text, re.S)
    example = re.search(r"`(hkd_\w{49})`", text)
    assert program and example
    names: dict[str, object] = {}
    exec(program[1], names)
    is_key = names["is_key"]
    assert is_key(example[1]) and looks_like_a_key(example[1])  # type: ignore[operator]
    assert is_key(new_text()) and not is_key(new_text()[:-1] + "!")  # type: ignore[operator]


def test_the_checksum_has_always_six_characters():
    assert {len(checksum(text)) for text in ("", "a", "ThisKeyBelongsToNobody")} == {6}
