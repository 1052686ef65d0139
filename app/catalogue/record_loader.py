"""Reads the record kinds of `records/*.yaml`, one file per tool."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.catalogue.errors import CatalogueError, Fault, error_from
from app.catalogue.event_type import Line, Words
from app.catalogue.loader import load_catalogue, read_yaml, unreadable
from app.catalogue.record_kind import RecordKind, Tool

SHIPPED_RECORDS = Path(__file__).parent / "records"


class ToolFile(BaseModel):
    """One file: a tool and its kinds."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    tool: Words
    title: Line
    order: int = 100
    kinds: Annotated[dict[Words, dict[str, Any]], Field(min_length=1)]

    def made(self, titles: Mapping[str, str]) -> Tool:
        """The tool; `titles`: of all kinds, for fields that name a kind."""
        kinds = (self._kind(key, entry, titles) for key, entry in self.kinds.items())
        return Tool(key=self.tool, title=self.title, kinds=tuple(kinds))

    def _kind(self, key: str, entry: dict[str, Any], titles: Mapping[str, str]) -> RecordKind:
        fields = {
            name: {**field, "choices": dict(titles)} if field.get("type") == "kind" else field
            for name, field in entry.get("fields", {}).items()
        }
        try:
            kind = RecordKind.model_validate({**entry, "fields": fields, "key": key, "tool": self.tool})
        except ValidationError as error:
            raise error_from(error, f"kinds.{key}") from None
        for event in kind.events.keys() - set(load_catalogue().keys()):
            raise CatalogueError([Fault(f"kinds.{key}.events", f"There is no event called {event}.")])
        return kind


@cache
def load_tools() -> Mapping[str, Tool]:
    """The tools with their kinds, by key, in their order. Raises `CatalogueError`, naming file and place."""
    files = sorted((read_tool(path) for path in SHIPPED_RECORDS.glob("*.yaml")), key=lambda file: file.order)
    titles = {key: str(entry.get("title")) for file in files for key, entry in file.kinds.items()}
    return MappingProxyType({file.tool: file.made(titles) for file in files})


@cache
def load_kinds() -> Mapping[str, RecordKind]:
    """All kinds by key, in the order of their tools."""
    return MappingProxyType({kind.key: kind for tool in load_tools().values() for kind in tool.kinds})


def read_tool(path: Path) -> ToolFile:
    """Read one file. Raises `CatalogueError`."""
    try:
        return ToolFile.model_validate(read_yaml(path))
    except ValidationError as error:
        raise error_from(error).in_file(path.name) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CatalogueError([Fault("", unreadable(error))], path.name) from None
