"""What is sent, in the form of a webhook: the tree of fields to choose from, and the format (A9, A10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from app.catalogue import Catalogue
from app.services.webhooks.warnings import samples_of

MOST_NODES = 400
LONGEST_EXAMPLE = 40


@dataclass(frozen=True, slots=True)
class ChosenField:
    """A field that is sent, and the key as typed; empty: the key is the path."""

    path: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class PayloadValues:
    """What stands in this part of the form."""

    mode: str = "raw"
    fields: tuple[ChosenField, ...] = ()

    def name_of(self, path: str) -> str | None:
        """The key that a field is sent as; None if it is not chosen."""
        return next((chosen.name for chosen in self.fields if chosen.path == path), None)


@dataclass(slots=True)
class Node:
    """A field of the samples. `example`: its value there, in short; `inner`: the fields in it."""

    path: str
    label: str
    example: str = ""
    inner: list[Node] = field(default_factory=list)


def payload_from_settings(settings: Mapping[str, Any]) -> PayloadValues:
    """For stored settings."""
    return PayloadValues(
        settings["payload"]["mode"],
        tuple(ChosenField(one["path"], one["name"]) for one in settings["payload"]["fields"]),
    )


def payload_from_form(form: MultiDict[str, str]) -> PayloadValues:
    """As it was typed."""
    paths = dict.fromkeys(path.strip() for path in form.getlist("field") if path.strip())
    return PayloadValues(
        form.get("payload_mode", "raw"),
        tuple(ChosenField(path, form.get(f"name:{path}", "").strip()) for path in paths),
    )


def payload_data(form: MultiDict[str, str]) -> dict[str, Any]:
    """What a service takes: the shape of the API; nothing if this part was not posted."""
    if "payload_mode" not in form:
        return {}
    values = payload_from_form(form)
    fields = [{"path": chosen.path, "name": chosen.name} for chosen in values.fields]
    return {
        "payload": {"mode": values.mode, "fields": fields if values.mode == "fields" else []},
    }


def tree_of(catalogue: Catalogue, events: Iterable[str], chosen: Iterable[ChosenField]) -> list[Node]:
    """The fields of the samples of these events, and chosen ones that no sample has."""
    return tree_of_samples(samples_of(catalogue, sorted(events)), chosen)


def tree_of_samples(samples: Iterable[Any], chosen: Iterable[ChosenField]) -> list[Node]:
    """The fields of samples, and chosen ones that none of them has."""
    roots: list[Node] = []
    room = [MOST_NODES]
    for sample in samples:
        _add(roots, sample, "", room)
    known = set(_paths(roots))
    return [*roots, *[Node(one.path, one.path) for one in chosen if one.path not in known]]


def _add(nodes: list[Node], value: Any, prefix: str, room: list[int]) -> None:
    if isinstance(value, list):
        for element in value:
            if isinstance(element, (dict, list)):
                _add(nodes, element, prefix, room)
    elif isinstance(value, dict):
        for key, each in value.items():
            path = f"{prefix}.{key}" if prefix else key
            node = next((one for one in nodes if one.path == path), None)
            if node is None:
                if not key or room[0] <= 0:
                    continue
                room[0] -= 1
                node = Node(path, key, _example(each))
                nodes.append(node)
            _add(node.inner, each, path, room)


def _paths(nodes: Iterable[Node]) -> Iterable[str]:
    for node in nodes:
        yield node.path
        yield from _paths(node.inner)


def _example(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return ""
    text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    return text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE]}…"
