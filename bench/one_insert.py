"""The baseline of publishing: an application that only inserts one row, on the same server and engine settings.

No key, no checks, no event: `POST /insert` stores the body under a new id, commits and answers 202.
"""

from __future__ import annotations

import os

from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, insert
from werkzeug.wrappers import Response

from app.core.database import engine_options, prepare_engine
from app.core.ids import new_id

db = SQLAlchemy()
ONE_ROW = Table(
    "one_row", MetaData(), Column("id", String(40), primary_key=True), Column("data", LargeBinary)
)


def create_app() -> Flask:
    """The application on DATABASE_URL."""
    app = Flask(__name__)
    url = os.environ["DATABASE_URL"]
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=engine_options(url))
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
        ONE_ROW.create(db.engine, checkfirst=True)

    @app.post("/insert")
    def store() -> Response:
        row = {"id": new_id("row"), "data": request.get_data()}
        db.session.execute(insert(ONE_ROW), row)
        db.session.commit()
        return Response(b'{"id":"' + row["id"].encode() + b'"}', 202, mimetype="application/json")

    return app
