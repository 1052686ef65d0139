"""Reads catalogue files and makes the catalogue of them."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from app.catalogue.catalogue import Catalogue
from app.catalogue.errors import CatalogueError, Fault, error_from
from app.catalogue.files import GroupFile

SHIPPED = Path(__file__).parent / "events"
TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Reader(yaml.CSafeLoader):
    """Plain YAML, but a name that stands twice is a mistake. In C: every process reads all files as it starts."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for name, _ in node.value:
            if str(name.value) in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"“{name.value}” stands twice", problem_mark=name.start_mark
                )
            seen.add(str(name.value))
        return super().construct_mapping(node, deep)


# Samples are JSON, which has no dates: a date written without quotes stays the text it is.
_Reader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@cache
def load_catalogue(extra_dir: Path | None = None) -> Catalogue:
    """Return the shipped catalogue, with the files of `extra_dir` (the host application's own) added.

    Read once per process. Raises `CatalogueError`, naming the file and the place in it.
    """
    catalogue = Catalogue(())
    shipped, own = _files(SHIPPED), _files(extra_dir) if extra_dir else []
    for name, file in _in_order(shipped) + _in_order(own):
        catalogue = _added(catalogue, name, file)
    return catalogue


def read_group(path: Path) -> GroupFile:
    """Read one catalogue file. Raises `CatalogueError`, naming the file and the place in it."""
    try:
        return GroupFile.model_validate(read_yaml(path))
    except ValidationError as error:
        raise error_from(error).in_file(path.name) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CatalogueError([Fault("", unreadable(error))], path.name) from None


def read_yaml(path: Path) -> Any:
    """The contents of a YAML file. Raises `yaml.YAMLError` and `UnicodeDecodeError`."""
    return _Reader(path.read_text(encoding="utf-8")).get_single_data()


def _files(directory: Path) -> list[Path]:
    if not directory.is_dir():
        fault = Fault("", f"There is no directory {directory} to read event types from.")
        raise CatalogueError([fault])
    return sorted(directory.glob("*.yaml"))


def _in_order(paths: list[Path]) -> list[tuple[str, GroupFile]]:
    files = [(path.name, read_group(path)) for path in paths]
    return sorted(files, key=lambda named: named[1].order)


def _added(catalogue: Catalogue, name: str, file: GroupFile) -> Catalogue:
    try:
        return catalogue.with_types(file.event_types()).with_reasons(file.reasons())
    except CatalogueError as error:
        raise error.in_file(name) from None


def unreadable(error: Exception) -> str:
    """Why a file is no YAML, as a sentence with the line."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"Line {error.problem_mark.line + 1} is not readable as YAML: {error.problem}."
    return f"The file is not readable as YAML: {error}."
