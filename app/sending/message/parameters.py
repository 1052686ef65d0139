"""Values as query parameters: for GET and DELETE, which carry no body (A4, S2)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlencode

from app.sending.message.layout import AddressTooLarge, Query

LONGEST_URL = 8000


def with_query(url: str, query: Sequence[tuple[str, str]]) -> str:
    """Append parameters to an address that may have some already. Raises TooLarge above 8,000 characters."""
    if query:
        # %20, not +, for a space: it is read alike everywhere. Lone surrogates have no UTF-8 form: "?".
        added = urlencode(query, quote_via=quote, safe="", errors="replace")
        url = f"{url}{_joint(url)}{added}"
    if len(url) > LONGEST_URL:
        sentence = f"The address with the data has {len(url):,} characters; {LONGEST_URL:,} is the most."
        raise AddressTooLarge(sentence, len(url))
    return url


def beside(own: Query, data_json: bytes, prefix: str = "data") -> Query:
    """A format's own values, then the data's fields under their own names.

    A field that would be taken for one of the format's gets the name of the part it stands in before it:
    `data.type`.
    """
    taken = frozenset(name for name, _value in own)
    return [*own, *_named(data_json, taken, prefix)]


def flatten(data_json: bytes) -> Query:
    """JSON as query parameters: `contact.id=7`, a list as a repeated key, null as empty, true and false.

    Numbers keep the digits they were written with. An empty object or list gives nothing; a value that is
    no object stands under `data`. Raises TooLarge if it is nested too deep to be read.
    """
    try:
        data = json.loads(data_json, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError:
        raise AddressTooLarge("The data is nested too deep for a web address.") from None
    flat: Query = []
    waiting = [("" if isinstance(data, dict) else "data", data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            inner = [(f"{path}.{key}" if path else key, each) for key, each in value.items()]
            waiting.extend(reversed(inner))
        elif isinstance(value, list):
            waiting.extend((path, each) for each in reversed(value))
        else:
            flat.append((path, _plain(value)))
    return flat


def _named(data_json: bytes, taken: frozenset[str], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in flatten(data_json):
        yield (f"{prefix}.{key}" if key in taken else key), value


def _plain(value: str | bool | None) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else ("true" if value else "false")


def _joint(url: str) -> str:
    if "?" not in url:
        return "?"
    return "" if url.endswith(("?", "&")) else "&"
