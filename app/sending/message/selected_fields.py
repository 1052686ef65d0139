"""Chosen fields: of the data of an event only what an admin picked, each under the key it was given (A9, S2)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import orjson

from app.models.condition import follow
from app.sending.message.layout import SelectedField


class _Digits(str):
    """A number as it was written: 1.10 stays 1.10, and 30 digits stay 30."""

    __slots__ = ()


def pick(data_json: bytes, fields: Sequence[SelectedField]) -> bytes:
    """A JSON object with the chosen fields in their order.

    A field that the data does not have is sent as null: a receiver gets the same keys every time. A path
    may go through lists: then a list of what stands there is sent.
    """
    data = json.loads(data_json, parse_int=_Digits, parse_float=_Digits)
    chosen = {field.name: follow(data, field.path) for field in fields}
    return orjson.dumps(chosen, default=_as_written, option=orjson.OPT_PASSTHROUGH_SUBCLASS)


def _as_written(value: Any) -> orjson.Fragment:
    return orjson.Fragment(value.encode())
