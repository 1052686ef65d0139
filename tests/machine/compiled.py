"""What every application compiles anew although it is the same in each: kept, as each test makes its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.engine.default import DefaultDialect
from werkzeug.routing import Rule

from tests.machine.run_folder import run_folder


def template_cache() -> FileSystemBytecodeCache:
    """Where all workers of this run keep compiled templates."""
    folder = run_folder() / "templates"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


@contextmanager
def rules_compiled_once() -> Iterator[None]:
    """Meanwhile Werkzeug compiles once how the addresses of a rule are built.

    It does so by way of Python's own compiler: most of what making an application takes. What it makes depends
    on the rule's text alone and is given the rule with each call; rules with defaults are left to it.
    """
    compile_builder = Rule._compile_builder
    kept: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


@contextmanager
def statements_compiled_once() -> Iterator[dict[Any, Any]]:
    """Meanwhile all engines of one kind of database may share compiled statements: what an engine is to keep them in.

    SQLAlchemy's keys begin with the dialect, of which each engine has its own. Those of a run are set up alike.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DefaultDialect, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(DefaultDialect, "__hash__", lambda dialect: hash(type(dialect)))
        yield {}
