"""JSON whose numbers keep the digits they were written with: `1.10` stays `1.10`, `-0` stays `-0`.

Most bodies hold no number that could change on the way: they are read by the quick parser, and written again to see
that nothing was lost. Only the others are read by the exact one.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Context, Decimal
from typing import Any

import orjson
from pydantic_core import from_json

# A fraction, an exponent, a negative zero or more digits than 64 bits hold. Inside of a text it only costs time.
_NEEDS_CARE = re.compile(rb"[:\[,\s](?:-?(?:0|[1-9][0-9]*)[.eE]|-0(?![0-9])|-?[0-9]{19})")
_ESCAPED_QUOTE = rb"\u0022"
_WHITE_SPACE = b" \t\r\n"
_LONGEST_EXPONENT = 6
_PLAIN_DIGITS = 20


class RepeatedName(ValueError):
    """An object has a name twice: which of the values was meant, nobody can know (RFC 8259, section 4)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The name {name!r} stands twice in one object.")
        self.name = name


class BeyondDouble(ValueError):
    """A number that most receivers would read as infinite, or whose exponent is absurd."""


class ExactNumber(float):
    """A number that remembers how it was written: `text`. Where that does not matter it is a float."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> ExactNumber:
        """Raises `BeyondDouble`."""
        number = super().__new__(cls, text)
        exponent = text.lower().partition("e")[2]
        if math.isinf(number) or len(exponent.lstrip("+-0")) > _LONGEST_EXPONENT:
            raise BeyondDouble("This number is beyond a double.")
        number.text = text
        return number

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[type[ExactNumber], tuple[str]]:
        return ExactNumber, (self.text,)

    def decimal(self) -> Decimal:
        """Its value, every digit of it."""
        return Decimal(self.text)


def loads(raw: bytes) -> Any:
    """A JSON text; numbers are exact, as `ExactNumber` where a float would be spelt in another way.

    Raises ValueError for what is not JSON in UTF-8 (it says "line 1 column 2"), for lone surrogates and for deep
    nesting ("recursion limit"), and its kinds `RepeatedName` and `BeyondDouble`.
    """
    try:
        value = orjson.loads(raw)
        if _says_the_same(raw, orjson.dumps(value)):
            return value
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass  # said in the words of the parser below
    from_json(raw, allow_inf_nan=False)  # is as strict as the quick one, and says what is wrong and where
    return _loads_exactly(raw)


def stored(raw: bytes) -> Any:
    """What was stored: like `loads`, without the checks that it passed before it was."""
    try:
        value = orjson.loads(raw)
        if orjson.dumps(value) == raw:
            return value
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass  # a whole number with more digits than the quick parser takes
    return json.loads(raw, parse_float=ExactNumber, parse_int=_whole)


def dumps(value: Any) -> bytes:
    """JSON in UTF-8 without white space, every number as it was read.

    Raises TypeError or ValueError for what JSON cannot carry: infinity, half a character, objects.
    """
    try:
        written = orjson.dumps(value, default=_as_written)
    except orjson.JSONEncodeError:
        written = orjson.dumps(_with_long_numbers(value), default=_as_written)
    if b"null" in written:
        _refuse_infinite(value)
    return written


def canonical(written: bytes) -> bytes:
    """The same for all JSON texts of the same value: names sorted, numbers by what they are worth.

    Takes what `dumps` gave. Numbers are equal as decimals: 1, 1.0 and 1e0 are one; 1.1 and 1.10 too.
    """
    if _NEEDS_CARE.search(written) is None:
        return orjson.dumps(orjson.loads(written), option=orjson.OPT_SORT_KEYS)
    value = json.loads(written, parse_float=_worth, parse_int=_worth)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _says_the_same(raw: bytes, again: bytes) -> bool:
    """True if nothing was lost by reading `raw` and writing it `again`: each number is there, and spelt as it was."""
    if raw.translate(None, _WHITE_SPACE) == again.translate(None, _WHITE_SPACE):
        return True
    if _NEEDS_CARE.search(raw) is not None or _ESCAPED_QUOTE in raw:
        return False
    # Escapes of letters differ. A value that a second one of its name took the place of took its quotation marks along.
    return again.count(b'"') == raw.count(b'"')


def _loads_exactly(raw: bytes) -> Any:
    return json.loads(raw.decode(), parse_float=ExactNumber, parse_int=_whole, object_pairs_hook=_each_once)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        raise RepeatedName(next(name for name, _ in pairs if name in seen or seen.add(name)))  # type: ignore[func-returns-value]
    return made


def _whole(text: str) -> int | ExactNumber:
    return ExactNumber(text) if text == "-0" else int(text)


def _worth(text: str) -> orjson.Fragment:
    value = Context(prec=max(len(text), 28)).normalize(Decimal(text))
    if not value:
        return orjson.Fragment(b"0")
    exponent = value.as_tuple().exponent
    plain = isinstance(exponent, int) and exponent >= 0 and value.adjusted() < _PLAIN_DIGITS
    return orjson.Fragment((f"{value:f}" if plain else str(value)).encode())


def _as_written(value: Any) -> Any:
    if isinstance(value, ExactNumber):
        return orjson.Fragment(value.text.encode())
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"JSON cannot carry a {type(value).__name__}.")


def _with_long_numbers(value: Any) -> Any:
    """Whole numbers beyond 64 bits written out, which the quick writer refuses."""
    if isinstance(value, dict):
        return {name: _with_long_numbers(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_long_numbers(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 63:
        return orjson.Fragment(str(value).encode())
    return value


def _refuse_infinite(value: Any) -> None:
    """The quick writer makes null of infinity."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        if type(value) is float and not math.isfinite(value):
            raise ValueError("JSON cannot carry infinity.")
        return
    for inner in value:
        _refuse_infinite(inner)
