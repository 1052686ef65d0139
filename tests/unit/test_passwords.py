"""Which passwords are refused, and how one is kept."""

from __future__ import annotations

import pytest
from argon2 import Type, extract_parameters
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.services import passwords


def sentence(password: str, *about: str) -> str | None:
    """What is wrong with a password; None if it may be used."""
    return passwords._problem(password, about)


def test_guessing_a_password_from_its_hash_is_dear():
    """At least what OWASP's Password Storage Cheat Sheet asks of argon2id."""
    parameters = extract_parameters(passwords.hash_password("correct horse battery"))
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= 19 * 1024  # KiB
    assert parameters.time_cost >= 2


@pytest.mark.parametrize(
    "password",
    ["password", "PassWord", "12345678", "qwertyuiop", "iloveyou", "password123", "Monkey2026!", "pass word"],
)
def test_what_is_guessed_first_is_refused(password):
    assert sentence(password)


@pytest.mark.parametrize(
    "password", ["        ", "\u3000" * 9, "aaaaaaaa", "abababab", "12341234", "abcdefgh", "987654321"]
)
def test_spaces_alone_and_the_same_over_and_over_are_refused(password):
    assert sentence(password)


@pytest.mark.parametrize(
    "password",
    [
        "ada.lovelace@example.com",
        "ADALOVELACE",
        "Lovelace1815",
        "ada lovelace!",
        "Example2026",
        "Byron-Ada-99",
    ],
)
def test_what_is_made_from_the_address_or_the_name_is_refused(password):
    assert "e-mail address or name" in sentence(password, "ada.lovelace@example.com", "Ada Byron")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "long enough",
        "kT9#vQ2m",
        "ada likes green trains",
        "pässwörter sind müde",
    ],
)
def test_a_good_one_may_be_used(password):
    assert sentence(password, "ada@example.com", "Ada") is None


def test_too_short_and_too_long_say_the_limit():
    assert sentence("kT9#vQ2") == "Use at least 8 characters."
    assert sentence("kT9#vQ2m" * 26) == "Use at most 200 characters."


def test_a_refusal_says_which_field():
    with pytest.raises(Invalid) as refused:
        passwords.hash_password("password")
    assert [error.field for error in refused.value.errors] == ["password"]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=210), st.lists(st.text(max_size=30), max_size=2))
def test_any_text_gets_an_answer(password, about):
    assert sentence(password, *about) != ""


@example("001ß", 2)
@given(st.text(min_size=1, max_size=4), st.integers(2, 50))
def test_a_short_piece_repeated_is_never_taken(piece, times):
    assert sentence(piece * times)
