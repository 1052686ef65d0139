"""The list of texts for translators is the list of what the program says (app/translations/README.md)."""

from __future__ import annotations

from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = ROOT / "app" / "translations"
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "N_": None, "lazy_gettext": None}


def texts_in(path: Path) -> set[object]:
    with path.open("rb") as file:
        return {message.id for message in read_po(file) if message.id}


def test_the_list_of_texts_is_current():
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    said = {
        found[2] for found in extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=_is_ours)
    }
    assert len(said) > 1500
    listed = texts_in(TRANSLATIONS / "messages.pot")
    assert said - listed == set(), "make texts"
    assert listed - said == set(), "make texts"


def test_every_language_has_all_of_them():
    listed = texts_in(TRANSLATIONS / "messages.pot")
    for path in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"):
        assert texts_in(path) == listed, path


def _is_ours(folder: str) -> bool:
    return Path(folder).name not in {".venv", ".git", "instance"}
