"""Field: one value of a record kind, what it may hold and how the articles show it.

    title: {type: line, title: Title, required: true}     a person or a program writes it
    created_at: {filled: created_at, as: seconds}         Hookdesk writes it
    deleted_at: {filled: deleted_at, as: seconds, show: when_set}

The words of `type` and `filled` are `TYPES` and `FILLED`. `empty` is what the articles show where nothing is set:
`""`, `null`, `0` ..., and setting a field to it (or to null) clears the field.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Known
from pydantic_core import PydanticCustomError

from app.catalogue.event_type import Line

NOTHING: dict[str, Any] = {"users": [], "departments": [], "groups": []}
TYPES: dict[str, Any] = {
    "line": "",
    "text": "",
    "html": "",
    "email": "",
    "url": "",
    "whole": 0,
    "number": 0,
    "amount": "",
    "yes_no": False,
    "choice": "",
    "words": [],
    "seconds": None,
    "date": None,
    "moment": None,
    "exact": None,
    "stage": None,
    "person": None,
    "people": [],
    "card": None,
    "cards": [],
    "link": None,
    "links": [],
    "named": None,
    "named_many": [],
    "entities": {},
    "kind": "",
    "any_link": None,
    "told": NOTHING,
    "group": {},
    "rows": [],
    "json": None,
}
FILLED: dict[str, Any] = {
    "id": None,
    "space": None,
    "created_at": None,
    "updated_at": None,
    "changed_at": None,
    "deleted_at": None,
    "is_deleted": False,
    "creator": None,
    "changer": "",
    "constant": None,
    "label_of": "",
    "rule": None,
    "event": None,
}
# Times as the articles write them: 1732627155, 2025-11-06T13:00:00Z, 2023-04-29T11:13:55.021Z, 2025-10-29 11:05.
TIMES = ("seconds", "moment", "exact", "minute")
# What refers to other records; the rest of a record is its own.
LINKS = ("link", "links", "named", "named_many", "entities", "any_link")


class Field(BaseModel):
    """One field. Either `type` (written from outside) or `filled` (written by Hookdesk).

    `as_`: the form of a time, a person or an id. `to`: the kind that a link leads to; of `entities`, by name.
    `kind_in`: the field that holds the kind of an `any_link`. `from_`: fields whose texts make this one if it is
    empty. `follows`: the field that it is a copy of until it is set. `owns`: who it names is whose record it is.
    `show` "when_set": left out of the answer while empty. `form` False: programs only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    type: str | None = None
    filled: str | None = None
    title: str = ""
    empty: Any = None
    required: bool = False
    as_: str | None = Known(None, alias="as")
    show: Literal["always", "when_set"] = "always"
    form: bool = True
    choices: dict[str, Line] = {}
    parts: dict[str, Field] | list[str] = {}
    to: str | dict[str, str] | None = None
    must_exist: bool = False
    kind_in: str | None = None
    prefix: str = ""
    owns: bool = False
    from_: str | None = Known(None, alias="from")
    follows: str | None = None
    least: int | None = None
    json_schema: dict[str, Any] = Known({}, alias="schema")
    value: Any = None
    of: str | None = None
    signed_by_button: bool = False

    @model_validator(mode="before")
    @classmethod
    def _knows_its_empty(cls, given: Any) -> Any:
        """The usual empty value of the type, where the file names none."""
        if not isinstance(given, dict):
            return given
        usual = {**FILLED, **TYPES}.get(str(given.get("type") or given.get("filled")))
        return {"empty": usual, **given}

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Field:
        if (self.type in TYPES) == (self.filled in FILLED):
            raise PydanticCustomError("field", "Write a known type, or by what it is filled.")
        if self.type and not self.title:
            raise PydanticCustomError("field", "Write its title.")
        return self

    @property
    def writable(self) -> bool:
        """True if people and programs may set it."""
        return self.filled is None

    @property
    def named_parts(self) -> dict[str, Field]:
        """The parts of a group or of a row, by name."""
        return self.parts if isinstance(self.parts, dict) else {}
