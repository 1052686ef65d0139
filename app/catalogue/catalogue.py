"""Catalogue: all event types of a space, by key, by group and by object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from app.catalogue.errors import CatalogueError, Fault
from app.catalogue.event_type import EventType
from app.catalogue.nearest import nearest_keys


class Group(NamedTuple):
    """Event types that stand under one title on screen."""

    key: str
    title: str
    event_types: tuple[EventType, ...]


class ObjectTypes(NamedTuple):
    """An object and everything that can happen to it."""

    key: str
    title: str
    event_types: tuple[EventType, ...]


class UnknownEventType(LookupError):
    """Nobody publishes an event of this key; `nearest` are the ones they may have meant."""

    def __init__(self, key: str, nearest: Iterable[str]) -> None:
        self.key = key
        self.nearest = tuple(nearest)
        super().__init__(f"There is no event called “{key}”.{_did_you_mean(self.nearest)}")


class Catalogue:
    """An immutable set of event types, in the order of their groups.

    `reasons` says why an object and an action do not go together. Raises `CatalogueError` when two types
    share a key or a name of the Action API.
    """

    def __init__(
        self, event_types: Iterable[EventType], reasons: Mapping[tuple[str, str], str] | None = None
    ) -> None:
        self._types = _with_one_title_each(event_types)
        self._reasons = dict(reasons or {})
        _refuse_repeats(self._types)
        self._by_key = {one.key: one for one in self._types}
        self._by_api_name = {one.action_api_name: one for one in self._types if one.action_api_name}
        self._pairs = {(one.object, one.action) for one in self._types}
        self.groups: tuple[Group, ...] = tuple(
            Group(key, types[0].group_title, types) for key, types in _by(self._types, "group").items()
        )
        self._objects = {
            key: ObjectTypes(key, types[0].object_title, types)
            for key, types in _by(self._types, "object").items()
        }

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def __len__(self) -> int:
        return len(self._types)

    def keys(self) -> list[str]:
        """Every key, in the order of the groups."""
        return [one.key for group in self.groups for one in group.event_types]

    def get(self, key: str) -> EventType | None:
        """Return the event type of this key, or None."""
        return self._by_key.get(key)

    def require(self, key: str) -> EventType:
        """Return the event type of this key. Raises `UnknownEventType`, which names the nearest ones."""
        found = self.get(key)
        if found is None:
            raise UnknownEventType(key, self.nearest(key))
        return found

    def nearest(self, key: str, n: int = 3) -> list[str]:
        """Return at most `n` keys that someone who wrote `key` may have meant, the likeliest first."""
        exact = self.by_action_api_name(key)
        return [exact.key] if exact else nearest_keys(key, self._by_key, n)

    def by_action_api_name(self, name: str) -> EventType | None:
        """Return the event type that the Action API (S1) calls `name`, such as `post_task`, or None."""
        return self._by_api_name.get(name)

    def action_api_names(self) -> dict[str, str]:
        """The names of the Action API (S1) and the keys they lead to, in the order of the groups."""
        return {one.action_api_name: one.key for one in self._types if one.action_api_name}

    def objects(self) -> list[ObjectTypes]:
        """Every object with what can happen to it, in the order of the groups."""
        return list(self._objects.values())

    def why_not(self, object: str, action: str) -> str | None:
        """Say in a sentence why there is no event for this object and action; None if there is one."""
        if (object, action) in self._pairs:
            return None
        if object not in self._objects:
            return f"Nothing here is called “{object}”.{_did_you_mean(nearest_keys(object, self._objects))}"
        return self._reasons.get((object, action)) or self._what_there_is(self._objects[object], action)

    def with_types(self, event_types: Iterable[EventType]) -> Catalogue:
        """Return a catalogue that also holds a space's own types.

        A group or object that is here already keeps its title. Raises `CatalogueError` if a key is taken.
        """
        return Catalogue((*self._types, *event_types), self._reasons)

    def with_reasons(self, reasons: Iterable[tuple[tuple[str, str], str]]) -> Catalogue:
        """Return a catalogue that can also say why these pairs of object and action make no sense."""
        return Catalogue(self._types, {**self._reasons, **dict(reasons)})

    @staticmethod
    def _what_there_is(known: ObjectTypes, action: str) -> str:
        actions = ", ".join(one.action for one in known.event_types)
        return f"“{known.title}” has no event “{action}”. It has: {actions}."


def _did_you_mean(keys: Iterable[str]) -> str:
    *others, last = keys or [""]
    if not last:
        return ""
    return f" Did you mean {', '.join(others)} or {last}?" if others else f" Did you mean {last}?"


def _by(event_types: Iterable[EventType], attribute: str) -> dict[str, tuple[EventType, ...]]:
    found: dict[str, list[EventType]] = {}
    for one in event_types:
        found.setdefault(getattr(one, attribute), []).append(one)
    return {key: tuple(types) for key, types in found.items()}


def _with_one_title_each(event_types: Iterable[EventType]) -> tuple[EventType, ...]:
    """The first title of a group or an object counts, so that an own type cannot rename a shipped one."""
    groups: dict[str, str] = {}
    objects: dict[str, str] = {}
    return tuple(
        one.model_copy(
            update={
                "group_title": groups.setdefault(one.group, one.group_title),
                "object_title": objects.setdefault(one.object, one.object_title),
            }
        )
        for one in event_types
    )


def _refuse_repeats(event_types: Iterable[EventType]) -> None:
    seen: set[str] = set()
    for one in event_types:
        for attribute in ("key", "action_api_name"):
            name = getattr(one, attribute)
            if name in seen:
                raise CatalogueError([Fault(attribute, f"There is already an event called {name}.")])
            seen.update([name] if name else [])
