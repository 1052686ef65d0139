"""What the README says is what there is."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_every_setting_has_a_row():
    """Names are read out of the environment in these places and nowhere else."""
    places = ("app/core/settings.py", "app/core/single_sign_on.py", "ops/settings.py")
    text = "".join((ROOT / one).read_text() for one in places)
    read = set(re.findall(r'(?:(?:env|values)\.get\(|env\[|env, )"([A-Z][A-Z_]+)"', text))
    rows = set(
        re.findall(r"`([A-Z][A-Z_]+)`", "".join(re.findall(r"^\| (`[A-Z].*?) \|", README, re.MULTILINE)))
    )
    assert len(read) > 20
    assert read - rows == set()
    assert rows - read == set()


def test_every_link_leads_to_a_file():
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
            assert (path.parent / target).exists(), (path.name, target)
    named = {
        (path.name, one)
        for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("app/**/*.py")]
        for one in re.findall(r"docs/[a-z0-9/_-]+\.(?:md|py)", path.read_text())
        if not (ROOT / one).exists()
    }
    assert named == set()
