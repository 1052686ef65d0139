"""One `make run` in an instance folder at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ops.trouble import Trouble


def lock_folder(folder: Path) -> int:
    """Hold the folder until this process ends, however it ends. Returns the open file's number.

    Raises `Trouble` if another process holds it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Trouble(f"The data folder {folder} cannot be used: {error.strerror}.") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(file, 32).decode(errors="replace").strip() or "unknown"
        os.close(file)
        raise Trouble(
            f"Hookdesk already runs in this folder (process {holder}): stop it first,"
            " or set INSTANCE_DIR and PORT for a second one."
        ) from None
    os.ftruncate(file, 0)
    os.write(file, f"{os.getpid()}\n".encode())
    return file
