"""The flask commands (F4). Each calls one service; what is wrong is said in a sentence, exit code 1.

`setup` prepares the database and adds spaces, people and keys; `events` publishes, resends
and listens; `upkeep` removes what is old.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext

from app.cli import events, instance_keys, setup, upkeep
from app.core.acting import act_as
from app.core.actor import COMMAND, Actor


def register(app: Flask) -> None:
    """Add the commands to `flask --app wsgi`."""
    for command in _COMMANDS:
        app.cli.add_command(command)


def _inside_app(command: click.Command) -> None:
    """Let a command, or all of a group, run inside the app's context."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _inside_app(inner)
    elif command.callback is not None:
        command.callback = with_appcontext(_acting(command.callback))


def _acting(callback: Callable[..., Any]) -> Callable[..., Any]:
    """Whoever runs a command acts as the command line."""

    @wraps(callback)
    def run(*args: Any, **kwargs: Any) -> Any:
        act_as(Actor(COMMAND, getpass.getuser()))
        return callback(*args, **kwargs)

    return run


# Once, when this module is loaded: the commands are the same for every application of a process.
_COMMANDS = (*setup.COMMANDS, *events.COMMANDS, *upkeep.COMMANDS, *instance_keys.COMMANDS)
for _command in _COMMANDS:
    _inside_app(_command)
