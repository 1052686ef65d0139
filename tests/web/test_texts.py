"""Texts can be translated: extraction finds them, and none of the words that we do not say is among them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "N_": None, "lazy_gettext": None}
# ux.md: errors say what to type; nobody is blamed and nothing is grovelled.
NEVER = re.compile(r"\b(please|sorry|oops|invalid|forbidden|endpoint|redeliver|payload)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def texts() -> dict[str, list[str]]:
    """Every text with the files that it stands in."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found: dict[str, list[str]] = {}
    for folder in ("app", "templates"):
        for name, _line, message, _comments, _context in extract_from_dir(
            str(ROOT),
            methods,
            options,
            KEYWORDS,
            directory_filter=lambda path, only=folder: _within(path, only),
        ):
            for text in (message,) if isinstance(message, str) else message:
                found.setdefault(text, []).append(name)
    return found


def _within(path: str, folder: str) -> bool:
    parts = Path(path).relative_to(ROOT).parts
    return not parts or (parts[0] == folder and "__pycache__" not in parts)


def test_extraction_finds_code_templates_and_the_reasons(texts):
    assert "Create webhook" in texts
    assert "Turned off by us" in texts
    assert "{host} did not accept our password or key." in texts
    assert "%(num)s new events: Show" in texts
    assert len(texts) > 400


def test_no_text_uses_words_that_we_do_not_say(texts):
    screens = {t: files for t, files in texts.items() if any("api" not in f for f in files)}
    assert {text: files for text, files in screens.items() if NEVER.search(text)} == {}


def test_templates_hold_no_text_outside_gettext():
    """A word between tags that is no expression would never be translated."""
    wrong = {}
    for path in (ROOT / "templates").rglob("*.html"):
        if path.parts[-2] == "api":
            continue
        text = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<(pre|title|code)\b.*?</\1>",
            "",
            path.read_text(),
            flags=re.DOTALL,
        )
        bare = re.findall(r">\s*([^<>{}\"=]*[A-Za-z]{3,}[^<>{}\"=]*)<", text)
        bare = [word.strip() for word in bare if word.strip() not in {"", "Hookdesk"}]
        if bare:
            wrong[path.name] = bare
    assert wrong == {}
