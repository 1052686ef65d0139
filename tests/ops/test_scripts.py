"""The shell scripts say in one sentence what the machine lacks, and change nothing then."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def a_bare_machine(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Runs a script as somebody who is not root, with nothing but a few stand-ins on the PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()

    def run(script: str, **answers: str) -> subprocess.CompletedProcess[str]:
        for name, answer in {"id": "1000", "uname": "Linux", **answers}.items():
            (programs / name).write_text(f"#!/bin/sh\n{answer if ' ' in answer else 'echo ' + answer}\n")
            (programs / name).chmod(0o755)
        return subprocess.run(
            ["/bin/sh", str(ROOT / "ops" / script)],
            cwd=tmp_path,
            env={"PATH": str(programs), "PYTHONS": "python3.11 python3"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_no_python_is_said(a_bare_machine, tmp_path):
    done = a_bare_machine("make_venv.sh")
    assert done.returncode == 1
    assert done.stderr.startswith("Hookdesk needs Python 3.11 or newer")
    assert not (tmp_path / ".venv").exists()


def test_a_python_that_makes_no_environments_is_said(a_bare_machine, tmp_path):
    done = a_bare_machine("make_venv.sh", python3='case "$2" in *ensurepip*) exit 1 ;; esac')
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_first_python_that_can_is_taken(a_bare_machine):
    """One that is too old or makes no environments is passed over."""
    done = a_bare_machine(
        "make_venv.sh",
        **{"python3.11": 'case "$2" in *ensurepip*) exit 1 ;; esac'},
        python3='case "$1 $2" in "-m venv") echo "made $3" ;; --version*) echo Python 3.12.9 ;; esac',
        rm="exit 0",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["Making .venv with Python 3.12.9 ...", "made .venv"]


@pytest.mark.parametrize(
    ("system", "command"),
    [
        ("Linux", "sudo apt-get install chromium"),
        ("Darwin", "brew install --cask chromium && brew install node"),
    ],
)
def test_what_the_tests_lack_is_said(a_bare_machine, system, command):
    done = a_bare_machine("test_machine.sh", uname=system)
    assert done.returncode == 1
    assert command in done.stderr


def test_a_machine_with_everything_is_left_alone(a_bare_machine):
    done = a_bare_machine(
        "test_machine.sh",
        **dict.fromkeys(["chromium", "node", "redis-server", "initdb", "apt-get"], "exit 1"),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
