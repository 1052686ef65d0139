"""A record and its events are one: stored together or not at all; numbers are given once; imports go on."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.acting import act_as
from app.core.actor import PERSON, Actor
from app.core.errors import Conflict, Invalid, NotFound
from app.core.exact_json import stored
from app.core.extensions import db
from app.core.transaction import transaction
from app.models import Change, Event, Person, Record, RecordImport
from app.services import people, records
from app.services.records import imports, saving
from tests.machine.maintenance import maintain


def counted() -> tuple[int, int, int]:
    """How many records, events and audit entries of records there are."""
    db.session.rollback()
    of_records = select(func.count()).select_from(Change).where(Change.subject_kind == "record")
    return (
        db.session.scalar(select(func.count()).select_from(Record)) or 0,
        db.session.scalar(select(func.count()).select_from(Event)) or 0,
        db.session.scalar(of_records) or 0,
    )


def test_a_save_that_fails_publishes_nothing(space_id: str) -> None:
    """Whatever fails after it in the same transaction takes record, event and audit entry along."""

    def save_and_fail() -> None:
        with transaction():
            records.create(space_id, "lead", {"title": "A"})
            raise LookupError

    with pytest.raises(LookupError):
        save_and_fail()
    assert counted() == (0, 0, 0)
    records.create(space_id, "lead", {"title": "A"})
    assert counted() == (1, 1, 1)


def test_a_record_whose_event_cannot_be_stored_is_not_saved(
    space_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: Any) -> None:
        raise Conflict("changed_meanwhile", "The webhooks of this space are being changed. Send it again.")

    monkeypatch.setattr(saving, "publish_in", refuse)
    with pytest.raises(Conflict):
        records.create(space_id, "lead", {"title": "A"})
    assert counted() == (0, 0, 0)


def test_an_older_version_is_not_saved_over_a_newer_one(space_id: str) -> None:
    made = records.create(space_id, "lead", {"title": "A"})
    records.update(space_id, "lead", made.own_id, {"title": "B"}, version=1)
    for late in (
        lambda: records.update(space_id, "lead", made.own_id, {"title": "C"}, version=1),
        lambda: records.delete(space_id, "lead", made.own_id, version=1),
        lambda: records.move_stage(space_id, "lead", made.own_id, 2, version=1),
    ):
        with pytest.raises(Conflict):
            late()
    assert records.get(space_id, "lead", made.own_id).label == "B"
    assert counted()[:2] == (1, 2)


def test_many_at_once_get_different_numbers(app: Flask, space_id: str) -> None:
    """The first records of a space too, whose counters and authors are made along."""
    wrong: list[BaseException] = []

    def create_some() -> None:
        with app.test_request_context():
            try:
                for _n in range(5):
                    records.create(space_id, "lead", {"title": "A"}, Actor(PERSON, "a@example.com", "per_1"))
            except BaseException as error:
                wrong.append(error)
            db.session.remove()

    threads = [threading.Thread(target=create_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    db.session.rollback()
    numbers = sorted(int(record.own_id) for record in db.session.query(Record))
    assert numbers == list(range(1, 21))
    assert {record.values["created_by"] for record in db.session.query(Record)} == {1}


@pytest.mark.databases("sqlite")
def test_an_image_is_an_event_of_its_job(space_id: str) -> None:
    """S4: the job's data with the image as a part; the job is the event's object."""
    job = records.create(space_id, "job", {"name": "Roof inspection", "project_id": "333"})
    image = {"job_id": job.own_id, "file_name": "roof.jpg", "url": "https://files.example.com/1", "size": 5}
    records.create(space_id, "job_image", image)
    event = db.session.query(Event).order_by(Event.id.desc()).first()
    data = stored(event.data)
    assert (event.type, event.object_id, event.project_id) == ("job.image_created", "job_1", "333")
    assert data["name"] == "Roof inspection"
    assert data["image"]["file_name"] == "roof.jpg" and "job_id" not in data["image"]
    with pytest.raises(NotFound):
        records.sign(space_id, "signed_document", "sgd_9", 0)


@pytest.mark.databases("sqlite")
def test_what_a_deleted_record_was_comes_back_as_new(space_id: str) -> None:
    records.create(space_id, "contact", {"first_name": "Hanna", "last_name": "Keller"})
    records.delete(space_id, "contact", 1)
    with pytest.raises(NotFound):
        records.get(space_id, "contact", 1)
    records.restore(space_id, "contact", 1)
    types = [event.type for event in db.session.query(Event).order_by(Event.id)]
    assert types == ["contact.created", "contact.deleted", "contact.created"]


CSV = "Name,E-mail addresses,Owner\n" + "".join(f"Person {n},p{n}@example.com,7\n" for n in range(60))


@pytest.fixture
def importer(space_id: str) -> Person:
    """Somebody who may import."""
    return people.create_person("ada@example.com", "correct horse battery staple", space_id, "owner")


def test_an_import_that_is_killed_goes_on_and_repeats_nothing(
    space_id: str, importer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line once, in the importer's name; a wrong line is told and skipped."""
    raw = (CSV + "Nobody,not-an-address,\n").encode()
    row = imports.begin(space_id, "contact", importer.id, "people.csv", raw)
    import_id = row.id
    assert imports.columns_of(row) == ["title", "email", "owner"]
    imports.start(space_id, import_id, imports.columns_of(row))
    create, done = imports.create, []

    def killed(*given: Any) -> Any:
        if len(done) == 30:
            done.append(None)
            raise KeyboardInterrupt
        done.append(None)
        return create(*given)

    monkeypatch.setattr(imports, "create", killed)
    with pytest.raises(KeyboardInterrupt):
        maintain()
    db.session.rollback()
    while db.session.get_one(RecordImport, import_id, populate_existing=True).state == imports.RUNNING:
        db.session.rollback()
        maintain()
    ended = db.session.get_one(RecordImport, import_id, populate_existing=True)
    assert (ended.state, ended.created, ended.failed, ended.file) == (imports.DONE, 60, 1, b"")
    assert imports.faults_of(ended) == [
        (62, "email.0.value", "Enter an e-mail address such as name@example.org.")
    ]
    names = [record.label for record in db.session.query(Record).order_by(Record.id)]
    assert names == [f"Person {n}" for n in range(60)]
    assert {record.values["created_by"] for record in db.session.query(Record)} == {1}


@pytest.mark.databases("sqlite")
def test_an_import_ends_with_the_right_of_its_person(space_id: str, importer: Person) -> None:
    row = imports.begin(space_id, "contact", importer.id, "people.csv", CSV.encode())
    imports.start(space_id, row.id, ["title", None, None])
    people.create_person("boss@example.com", "correct horse battery staple", space_id, "owner")
    people.create_person("ada@example.com", "correct horse battery staple", space_id, "member")
    maintain()
    assert db.session.get_one(RecordImport, row.id, populate_existing=True).state == imports.STOPPED
    assert db.session.query(Record).count() == 0


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "The first line must hold the names of the columns."),
        (b"Name\n", "The file has no lines below the names of the columns."),
        (b'Name\n"never closed', "The file cannot be read as CSV."),
        (b"Name\n" + b"A\n" * 10_001, "The file has more than 10000 lines. Split it."),
        (b"a" * 1_000_000, "The file is larger than 921 KB. Split it."),
        (b",".join([b"a"] * 101) + b"\nA", "The file has more than 100 columns."),
    ],
)
def test_files_that_cannot_be_imported(space_id: str, raw: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        imports.begin(space_id, "lead", "per_1", "x.csv", raw)
    assert [(error.field, error.message) for error in refused.value.errors] == [("file", sentence)]


@pytest.mark.databases("sqlite")
def test_columns_that_cannot_be_imported(space_id: str) -> None:
    act_as(Actor(PERSON, "ada@example.com", "per_1"))
    row = imports.begin(space_id, "lead", "per_1", "x.csv", "Name;Titel\nä;ö\n".encode("cp1252"))
    assert imports.preview(row) == (["Name", "Titel"], [["ä", "ö"]])
    for columns, said in (
        ([None, None], "Choose a column for “Title”."),
        (["title", "title"], "Two columns go to the same field. Choose one of them."),
        (["id", "title"], "There is no field with this name."),
    ):
        with pytest.raises(Invalid) as refused:
            imports.start(space_id, row.id, columns)
        assert [error.message for error in refused.value.errors] == [said]
