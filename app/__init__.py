"""Hookdesk: the webhook desk of a SaaS product. `create_app` puts the house together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta

from flask import Flask

from app.core import extensions
from app.core.addresses import HookdeskFlask
from app.core.database import engine_options, prepare_engine
from app.core.doorbell import Doorbell
from app.core.encryption import Vault
from app.core.logging import configure
from app.core.private_files import keep_private
from app.core.settings import ROOT, Settings, SettingsError, read_settings
from app.core.version import __version__

__all__ = ["__version__", "create_app"]


def create_app(overrides: Mapping[str, str] | None = None, *, faces: bool = True) -> Flask:
    """Make the Flask application.

    `overrides` are environment-style settings that win over the environment (tests use them).
    Without `faces` it has no pages, no API and no commands, and a process that needs none does not load them.
    Raises `config.SettingsError` if a setting is wrong.
    """
    settings = read_settings(overrides)
    _keep_private(settings)
    configure(settings.log_format)
    app = HookdeskFlask(
        "app",
        instance_path=str(settings.instance_dir),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    _configure(app, settings)
    _bind_extensions(app)
    if faces:
        _register_routes(app)
    return app


def _keep_private(settings: Settings) -> None:
    try:
        keep_private(settings.instance_dir, settings.database_url)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        SESSION_COOKIE_NAME="__Host-hookdesk" if settings.secure else "hookdesk",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=1024 * 1024,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "app" / "translations"),
    )


def _bind_extensions(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    app.extensions["vault"] = Vault(settings.encryption_keys)
    app.extensions["doorbell"] = Doorbell(settings.redis_url)
    extensions.db.init_app(app)
    with app.app_context():
        prepare_engine(extensions.db.engine)
    for extension in (extensions.login, extensions.csrf, extensions.htmx, extensions.babel):
        extension.init_app(app)


def _register_routes(app: Flask) -> None:
    from app import api, cli, web  # noqa: PLC0415 (they import the extensions bound above)
    from app.core import schema_version  # noqa: PLC0415 (as above)

    web.register(app)
    api.register(app)
    cli.register(app)
    if os.environ.get("FLASK_RUN_FROM_CLI"):  # Flask's own sign that this is the `flask` command
        schema_version.bind_migrations(app)
