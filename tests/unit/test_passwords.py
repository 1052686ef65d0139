"""How a password is kept."""

from __future__ import annotations

from argon2 import Type, extract_parameters

from app.services import people


def test_guessing_a_password_from_its_hash_is_dear():
    """At least what OWASP's Password Storage Cheat Sheet asks of argon2id."""
    parameters = extract_parameters(people.hash_password("correct horse battery"))
    assert parameters.type is Type.ID
    assert parameters.memory_cost >= 19 * 1024  # KiB
    assert parameters.time_cost >= 2
