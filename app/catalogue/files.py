"""The words a catalogue file may use, and how it becomes event types.

group: crm                  key of the group; several files may share one
title: CRM                  its title on screen
order: 10                   place among the groups of its directory (100 without it)
sources: [S0]               the articles it comes from
objects:
  lead:
    title: Lead
    key_prefix: lead        what its keys begin with, if not the object's own key
    record_id_path: id      where a sample has the record's id (`id` without it)
    json_schema: {...}      optional; every sample is checked against it
    sample: {...}           the data of an event; written once for all of the object's actions
    actions:
      stage_changed:        key becomes lead.stage_changed
        title: ...          "Lead stage changed" without it
        action_title: ...   completes "When a lead is ..."; "stage changed" without it
        description: ...    one sentence
        sample: {...}       only what differs: laid over the object's sample, name by name
        action_api_name: .. the name the Action API (S1) uses
        sources: [S1]       if they differ from the file's
    never:
      completed: ...        why this pair makes no sense, as a sentence
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from app.catalogue.errors import error_from
from app.catalogue.event_type import EventType, Line, Sentence, Words

Sources = tuple[str, ...]
Reason = tuple[tuple[str, str], str]


class _FileEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class ActionEntry(_FileEntry):
    """What one action adds to its object."""

    title: Line | None = None
    action_title: Line | None = None
    description: Annotated[Sentence, Field(min_length=1)]
    sample: dict[str, Any] = {}
    sources: Sources | None = None
    action_api_name: str | None = None


class ObjectEntry(_FileEntry):
    """An object with everything that can happen to it."""

    title: Line
    key_prefix: str | None = None
    record_id_path: str | None = None
    json_schema: dict[str, Any] | None = None
    sources: Sources | None = None
    sample: dict[str, Any]
    actions: Annotated[dict[Words, ActionEntry], Field(min_length=1)]
    never: dict[Words, Line] = {}

    @model_validator(mode="after")
    def _makes_up_its_mind(self) -> ObjectEntry:
        for action in self.never.keys() & self.actions.keys():
            raise PydanticCustomError(
                "both", "{action} stands under actions and under never; keep one.", {"action": action}
            )
        return self


class GroupFile(_FileEntry):
    """One catalogue file."""

    group: Words
    title: Line
    order: int = 100
    sources: Sources = ()
    objects: Annotated[dict[Words, ObjectEntry], Field(min_length=1)]

    def event_types(self) -> Iterator[EventType]:
        """Yield the file's event types in its order. Raises `CatalogueError` naming the place."""
        for name, entry in self.objects.items():
            for action in entry.actions:
                yield self._event_type(name, entry, action)

    def reasons(self) -> Iterator[Reason]:
        """Yield ((object, action), sentence) for every pair that makes no sense."""
        for name, entry in self.objects.items():
            for action, sentence in entry.never.items():
                yield (name, action), sentence

    def _event_type(self, name: str, entry: ObjectEntry, action: str) -> EventType:
        of_object = {
            "key": f"{entry.key_prefix or name}.{action}",
            "group": self.group,
            "group_title": self.title,
            "object": name,
            "object_title": entry.title,
            "action": action,
            "sources": entry.sources or self.sources,
            **_given(entry, "record_id_path", "json_schema"),
        }
        of_action = _given(entry.actions[action], *(ActionEntry.model_fields.keys() - {"sample"}))
        sample = {**entry.sample, **entry.actions[action].sample}
        try:
            return EventType.model_validate({**of_object, **of_action, "sample": sample})
        except ValidationError as error:
            raise error_from(error, f"objects.{name}.actions.{action}") from None


def _given(entry: _FileEntry, *names: str) -> dict[str, Any]:
    """What the file says; names it leaves out are worked out later."""
    return {name: getattr(entry, name) for name in names if getattr(entry, name) is not None}
