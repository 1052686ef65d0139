"""Marks messages for translation where no request is at hand; whoever shows one translates it."""

from __future__ import annotations


def N_(message: str) -> str:
    """The message as it is, under the name that extractors look for."""
    return message
