"""The parameters of a call: from the query, and from the body of a POST as a form sends it.

A password in a query ends in the logs of whatever stands between; a body keeps it out of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import request

from app.api.action.shapes import REQUIRED, WRONG_PARAMETER, ActionRefused

MOST = 50
HASH = "hash"
_HASH_PART = re.compile(rb"(?:^|&)hash=[^&]*")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What was sent. `signed`: exactly as it came, without the hash; `claimed`: the hash."""

    values: Mapping[str, str]
    signed: bytes
    claimed: str

    def needed(self, name: str) -> str:
        """A parameter that must be there. Raises `ActionRefused`."""
        if value := self.values.get(name, "").strip():
            return value
        raise ActionRefused(WRONG_PARAMETER, REQUIRED, name)

    def refuse_others(self, *known: str) -> None:
        """Raise `ActionRefused` for a parameter that the action does not have: it would be overlooked."""
        for name in self.values:
            if name not in known and name not in ("action", HASH):
                raise ActionRefused(WRONG_PARAMETER, details=f"{name}: there is no such parameter")


def read_parameters() -> Parameters:
    """The parameters of this request. Raises `ActionRefused` if they cannot be read or one stands twice."""
    parts = [request.query_string]
    if request.mimetype == "application/x-www-form-urlencoded":
        parts.append(request.get_data())
    whole = b"&".join(part for part in parts if part)
    values = _values(whole)
    return Parameters(values, _HASH_PART.sub(b"", whole).removeprefix(b"&"), values.get(HASH, ""))


def _values(whole: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(whole.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST)
    except ValueError:  # also what is no UTF-8
        raise ActionRefused(WRONG_PARAMETER, details="The parameters cannot be read") from None
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ActionRefused(WRONG_PARAMETER, details="A parameter stands twice")
    return values
