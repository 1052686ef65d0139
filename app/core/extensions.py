"""Flask extensions, unbound. `create_app` binds them."""

from __future__ import annotations

from flask import current_app
from flask_babel import Babel
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from htmx_flask import Htmx

from app.core.encryption import Vault
from app.core.orm import Base

db = SQLAlchemy(model_class=Base, disable_autonaming=True)
login = LoginManager()
csrf = CSRFProtect()
htmx = Htmx()
babel = Babel()


def vault() -> Vault:
    """What encrypts and decrypts for the running app."""
    made: Vault = current_app.extensions["vault"]
    return made
