"""messages: what translators get."""

from __future__ import annotations

from pathlib import Path

from babel.messages.extract import extract_from_dir

from app.catalogue import load_catalogue
from app.catalogue.loader import SHIPPED


def extracted(directory: Path) -> set[str]:
    rows = extract_from_dir(
        str(directory), [("**.yaml", "app.catalogue.extract:messages")], {"**.yaml": {}}, keywords={}
    )
    return {str(row[2]) for row in rows}


def test_every_text_on_screen_is_handed_to_gettext() -> None:
    texts = extracted(SHIPPED)
    for group in load_catalogue().groups:
        assert group.title in texts
        for one in group.event_types:
            assert {one.object_title, one.action_title, one.title, one.description} <= texts
    assert "A contact has no stages, so there is no stage change to send." in texts
