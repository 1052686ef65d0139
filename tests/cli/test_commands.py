"""The flask commands: what they print, and what they say when something is wrong. Never a traceback."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.core.extensions import db
from app.core.settings import ROOT
from app.models import ApiKey, Delivery, Event, IncomingCall, Membership, Person, Record, Space
from app.services import people, spaces, webhooks
from app.services.api_keys import find_key
from app.services.events import publishing
from tests.machine.settings import environment, settings_for


def run(app: Flask, *words: str, typed: bytes | None = None) -> Result:
    """Run a flask command inside this process."""
    result = app.test_cli_runner().invoke(args=list(words), input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def refused(app: Flask, *words: str, typed: bytes | None = None) -> str:
    """Run one that must fail; the sentence it says."""
    result = run(app, *words, typed=typed)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("Error: ").strip()


@pytest.fixture
def acme(app: Flask) -> str:
    """The space Acme."""
    with app.app_context():
        return str(spaces.create_space("Acme").id)


def test_a_space_a_person_a_key(app: Flask) -> None:
    assert re.fullmatch(r"spc_\w+\n", run(app, "space", "create", "Acme").output)
    person = (
        "--email",
        "Ada@Example.com",
        "--password",
        "long enough",
        "--space",
        "Acme",
        "--role",
        "support",
    )
    assert re.fullmatch(r"per_\w+\n", run(app, "person", "create", *person).output)
    key = run(
        app, "api-key", "create", "--space", "Acme", "--scope", "events:write", "--scope", "webhooks:read"
    )
    assert re.fullmatch(r"hkd_[0-9A-Za-z]{49}\n", key.stdout)
    with app.app_context():
        found = find_key(key.stdout.strip())
        assert found is not None
        assert found.scopes == ["events:write", "webhooks:read"]
        assert db.session.query(Person.email).scalar() == "ada@example.com"


def test_a_person_who_is_known_joins_another_space(app: Flask, acme: str) -> None:
    run(app, "space", "create", "Borealis")
    for name in ("Acme", "Borealis"):
        person = ("--email", "ada@example.com", "--password", "long enough", "--space", name)
        assert run(app, "person", "create", *person).exit_code == 0
    with app.app_context():
        assert db.session.query(Person).count() == 1
        assert db.session.query(Membership).count() == 2


def test_a_key_with_an_end(app: Flask, acme: str) -> None:
    words = ("api-key", "create", "--space", "Acme", "--scope", "events:write", "--expires")
    assert run(app, *words, "2099-12-31").exit_code == 0
    assert "still to come" in refused(app, *words, "2020-12-31")
    with app.app_context():
        end = db.session.query(ApiKey).one().expires_at
        assert end is not None
        assert end.isoformat() == "2099-12-31T00:00:00+00:00"


def test_a_key_for_the_action_api(app: Flask, acme: str) -> None:
    words = ("api-key", "create", "--space", "Acme", "--action-api", "--scope")
    assert "may do everything" in refused(app, *words, "events:write")
    assert run(app, *words, "administrative").exit_code == 0
    with app.app_context():
        assert db.session.query(ApiKey).one().for_action_api


@pytest.mark.parametrize("typed", [None, b'{"id": 4711}'])
def test_publish(app: Flask, acme: str, typed: bytes | None) -> None:
    data = "-" if typed else '{"id": 4711}'
    result = run(app, "publish", "--space", "Acme", "--object-id", "4711", "lead.created", data, typed=typed)
    with app.app_context():
        event = db.session.query(Event).one()
        assert result.stdout == f"{event.id}\n"
        assert (event.type, event.object_id, event.data) == ("lead.created", "4711", b'{"id":4711}')


def test_resend(app: Flask, acme: str) -> None:
    with app.test_request_context():
        data = {"name": "CRM", "url": "http://127.0.0.1:9/", "events": ["lead.created"]}
        webhook_id = webhooks.create(acme, data).webhook.id
        webhooks.enable(acme, webhook_id, force=True)
        publishing.publish(acme, [{"type": "lead.created", "data": {}}])
        delivery_id = db.session.query(Delivery.id).scalar()
    assert run(app, "resend", delivery_id).exit_code == 0
    with app.test_request_context():
        webhooks.disable(acme, webhook_id)
    assert refused(app, "resend", delivery_id) == "This webhook is not on. Turn it on first, then resend."
    assert refused(app, "resend", "dlv_nope") == "There is no delivery dlv_nope."


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("space", "create", "Acme"), "name: There is a space named “Acme” already."),
        (("space", "create", ""), "name: Enter a name for the space."),
        (("space", "create", "a\0b"), "name: Use printable characters only."),
        (("space", "create", "x" * 201), "name: Use at most 200 characters."),
        (
            ("api-key", "create", "--space", "Acmee", "--scope", "events:write"),
            "There is no space named “Acmee”. Did you mean “Acme”?",
        ),
        (
            ("api-key", "create", "--space", "Acme", "--scope", "events:wrote"),
            "scopes: Choose at least one of these: events:write,",
        ),
        (
            ("person", "create", "--email", "ada", "--password", "long enough", "--space", "Acme"),
            "email: Enter an e-mail address such as ada@example.com.",
        ),
        (
            ("person", "create", "--email", "a@b.c", "--password", "short", "--space", "Acme"),
            "password: Use at least 8 characters.",
        ),
        (
            (
                "person",
                "create",
                "--email",
                "a@b.c",
                "--password",
                "long enough",
                "--space",
                "Acme",
                "--role",
                "x",
            ),
            "role: Choose one of these roles: admin, member, owner, support.",
        ),
        (("publish", "--space", "Acme", "lead.created", "{"), "DATA is not JSON: EOF while parsing"),
        (("publish", "--space", "Acme", "lead.created", '{"a": NaN}'), "DATA is not JSON:"),
        (("publish", "--space", "Acme", "lead.created", '{"a": 1e400}'), "DATA is not JSON: This number is"),
        (("publish", "--space", "Acme", "lead.created", "[]"), "data: Enter names and values."),
        (("publish", "--space", "Acme", "lead.creatd", "{}"), "type: There is no event named “lead.creatd”."),
        (("listen", "--space", "Nope"), "There is no space named “Nope”."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    app: Flask, acme: str, words: tuple[str, ...], sentence: str
) -> None:
    assert refused(app, *words).startswith(sentence)


def test_bytes_that_are_no_text_are_said_to_be_none(app: Flask, acme: str) -> None:
    said = refused(app, "publish", "--space", "Acme", "lead.created", "-", typed=b'{"a": "\xff"}')
    assert said.startswith("DATA is not JSON")


def test_a_first_start_makes_a_space_and_its_owner_and_says_the_password_once(
    app_with: Callable[..., Flask],
) -> None:
    app = app_with()
    output = run(app, "prepare").output
    email, password = re.findall(r"(?:Log in with|Password) +(\S+)", output)
    assert email == "owner@example.com"
    assert run(app, "prepare").output == ""
    with app.test_request_context():
        assert people.log_in(email, password, "", "")
        assert db.session.query(Space.name).scalar() == "My space"


def test_a_first_start_takes_the_owner_from_the_settings(
    app_with: Callable[..., Flask],
) -> None:
    app = app_with(OWNER_EMAIL="ada@example.com", OWNER_PASSWORD="long enough")
    output = run(app, "prepare").output
    assert "ada@example.com" in output
    assert "long enough" not in output
    with app.test_request_context():
        assert people.log_in("ada@example.com", "long enough", "", "")


def test_an_owner_who_cannot_be_made_leaves_nothing_behind(app_with: Callable[..., Flask]) -> None:
    app = app_with(OWNER_PASSWORD="short")
    assert refused(app, "prepare") == "OWNER_PASSWORD: Use at least 8 characters."
    with app.app_context():
        assert db.session.query(Space).count() == 0


@pytest.mark.parametrize(
    ("changes", "code", "sentence"),
    [
        (
            {"DATABASE_URL": "postgresql://ada:hidden@127.0.0.1:1/x"},
            1,
            "Connection refused. Check DATABASE_URL.",
        ),
        ({"DATABASE_URL": "sqlite:////nowhere/x.db"}, 1, "unable to open database file. Check DATABASE_URL."),
        ({"DATABASE_URL": "mysql://x"}, 2, "DATABASE_URL must start with sqlite or postgresql, not 'mysql'."),
        ({"PORT": "http"}, 2, "PORT must be a whole number from 1 to 65535, not 'http'."),
    ],
)
def test_settings_that_are_wrong_end_it_with_one_sentence(
    tmp_path: Path, changes: dict[str, str], code: int, sentence: str
) -> None:
    """In a process of its own, as `flask --app wsgi` loads the program."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "prepare"],
        cwd=ROOT,
        env=environment(settings_for(tmp_path, **changes)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr.strip().endswith(sentence)
    assert done.stderr.count("\n") == 1
    assert "hidden" not in done.stderr


@pytest.mark.databases("sqlite")
def test_a_database_that_is_not_prepared_says_so(app_with: Callable[..., Flask], tmp_path: Path) -> None:
    app = app_with(DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert refused(app, "space", "create", "Acme") == (
        "The database is empty or old. Run: flask --app wsgi prepare"
    )


def test_the_demo_has_records_and_another_system_that_makes_some(app: Flask) -> None:
    """None of it is on its way to anybody: the webhooks of the demo were not there yet."""
    run(app, "prepare")
    assert "is filled" in run(app, "demo").output
    with app.app_context():
        kinds = set(db.session.scalars(select(Record.kind)))
        from_records = (
            select(Delivery.id).join(Event, Event.id == Delivery.event_id).where(Event.actor_id.is_not(None))
        )
        assert db.session.scalars(from_records).all() == []
        statuses = list(db.session.scalars(select(IncomingCall.status).order_by(IncomingCall.called_at)))
    assert kinds == {"company", "contact", "deal", "task", "comment"}
    assert statuses == [201, 422, 201, 200, 403]
    assert "was there already" in run(app, "demo").output
