"""The flask commands (F4). Each calls one service; what is wrong is said in a sentence, exit code 1.

`setup` prepares the database and adds spaces, people and keys; `events` publishes, resends and listens.
"""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from app.cli import events, setup


def register(app: Flask) -> None:
    """Add the commands to `flask --app wsgi`."""
    for command in (*setup.COMMANDS, *events.COMMANDS):
        _inside_app(command)
        app.cli.add_command(command)


def _inside_app(command: click.Command) -> None:
    """Let a command, or all of a group, run inside the app's context."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _inside_app(inner)
    elif command.callback is not None:
        command.callback = with_appcontext(command.callback)
