"""One temporary folder per test run, shared by its parallel workers, and locks in it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VARIABLE = "HOOKDESK_TEST_RUN"


def make_run_folder() -> Path:
    """Make the folder. The parallel workers inherit its name through the environment.

    It lies in the system's temporary folder, readable by all: PostgreSQL must run as another user than root.
    """
    folder = Path(tempfile.mkdtemp(prefix="hookdesk-tests-"))
    folder.chmod(0o755)
    os.environ[_VARIABLE] = str(folder)
    return folder


def run_folder() -> Path:
    """The folder of this run."""
    return Path(os.environ[_VARIABLE])


def remove_run_folder() -> None:
    """Remove the folder."""
    shutil.rmtree(os.environ.pop(_VARIABLE), ignore_errors=True)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock that all workers of this run share."""
    with (run_folder() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
