"""docs/coverage.md names only what exists, and leaves no statement of the articles open."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"`([^`]+)`")
PLACE = re.compile(r"(app|templates|static)/[\w./-]+")
TEST = re.compile(r"(tests/[\w/]+\.py)::(test_\w+)")


def _rows() -> list[tuple[str, str, str]]:
    """(what it says, where, shown by) of every row."""
    lines = (ROOT / "docs" / "coverage.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line[:2] == "| "]
    assert {len(row) for row in cells} == {3}
    return [(row[0], row[1], row[2]) for row in cells if row[0] != "it says"]


@cache
def _text(path: str) -> str:
    return (ROOT / path).read_text()


def test_every_article_is_there() -> None:
    headings = re.findall(r"^## (S\d):", _text("docs/coverage.md"), re.MULTILINE)
    assert headings == ["S0", "S1", "S2", "S3", "S4"]
    assert len(_rows()) > 100


@pytest.mark.parametrize(("says", "place", "shown"), _rows())
def test_a_row_names_a_place_and_a_test_that_exist(says: str, place: str, shown: str) -> None:
    assert says
    assert place
    for path in CODE.findall(place):
        assert not PLACE.fullmatch(path) or (ROOT / path).exists(), path
    tests = CODE.findall(shown)
    assert tests, "no test shows it"
    for test in tests:
        named = TEST.fullmatch(test)
        assert named, test
        assert re.search(rf"^\s*(async )?def {named[2]}\(", _text(named[1]), re.MULTILINE), test
