"""One name, one thing: no two classes of one name, no two tables whose ids begin alike."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from app.models import Base

ROOT = Path(__file__).resolve().parents[2]


def test_no_two_classes_have_one_name():
    places: dict[str, list[str]] = defaultdict(list)
    for path in [*ROOT.glob("app/**/*.py"), *ROOT.glob("workers/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                places[node.name.lstrip("_")].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_two_tables_have_ids_that_begin_alike():
    tables: dict[str, list[str]] = defaultdict(list)
    for mapper in Base.registry.mappers:
        default = mapper.local_table.c["id"].default if "id" in mapper.local_table.c else None
        if default is not None and default.is_callable:
            tables[default.arg(None).partition("_")[0]].append(mapper.local_table.name)
    assert len(tables) > 20
    assert {prefix: found for prefix, found in tables.items() if len(found) > 1} == {}
