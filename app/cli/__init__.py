"""The flask commands (F4). Each calls one service; what is wrong is said in a sentence, exit code 1.

`setup` prepares the database and adds spaces, people and keys; `events` publishes, resends and listens.
"""

from __future__ import annotations

from flask import Flask

from app.cli import events, setup


def register(app: Flask) -> None:
    """Add the commands to `flask --app wsgi`."""
    for command in (*setup.COMMANDS, *events.COMMANDS):
        app.cli.add_command(command)
