"""Requests that Schemathesis makes from an OpenAPI document, and answers held against it."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Container
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.test import TestResponse

# A longer run than the suite's: FUZZ_EXAMPLES=5000 pytest tests/api/test_fuzz.py tests/api/test_incoming_fuzz.py
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "120"))
MANY = settings(
    max_examples=EXAMPLES,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
# How often a case is one that the document allows: most of what it forbids ends at the first check.
MODES = (GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
# How often a path names something that is there.
MOSTLY = st.sampled_from([True, True, True, False])
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


class Things:
    """What the parameters of paths name: made when it is asked for, and made anew after it was deleted."""

    def __init__(self, makers: dict[str, Callable[[], str]]) -> None:
        self._makers = makers
        self._made: dict[str, str] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __getitem__(self, name: str) -> str:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def forget(self) -> None:
        """Something was deleted."""
        self._made.clear()


def operations(document: dict[str, Any], without: Container[str] = ()) -> list[APIOperation]:
    """Every call of a document. Its `default` is left out: each answer has to be named by its status."""
    strict = copy.deepcopy(document)
    for place in strict["paths"].values():
        for call in place.values():
            if isinstance(call, dict):
                call["responses"].pop("default")
    found = schemathesis.openapi.from_dict(strict).get_all_operations()
    every = [one.ok() for one in found if isinstance(one, Ok)]
    return [one for one in every if one.definition.raw.get("operationId") not in without]


def cases(calls: list[APIOperation]) -> SearchStrategy[schemathesis.Case]:
    """Requests that the document allows, and such as it forbids."""
    made: dict[tuple[int, GenerationMode], SearchStrategy[schemathesis.Case]] = {}

    @st.composite
    def one(draw: st.DrawFn) -> schemathesis.Case:
        number, mode = draw(st.integers(0, len(calls) - 1)), draw(st.sampled_from(MODES))
        if (number, mode) not in made:
            made[number, mode] = calls[number].as_strategy(mode)
        return draw(made[number, mode])

    return one()


def name_things(case: schemathesis.Case, things: Things) -> None:
    """Let the path of a case name what is there."""
    known = {name: things[name] for name in case.path_parameters if name in things}
    case.path_parameters = {**case.path_parameters, **known}


def check_answer(case: schemathesis.Case, answer: TestResponse) -> None:
    """Raise unless it is no fault of ours, and as the document says."""
    case.validate_response(answer, checks=CHECKS)
