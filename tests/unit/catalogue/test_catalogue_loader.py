"""load_catalogue: a host application's own files, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.catalogue import CatalogueError, load_catalogue

BILLING = """\
group: billing
title: Billing
objects:
  invoice:
    title: Invoice
    sample: {id: inv_1, state: open, due: 2025-12-01}
    actions:
      created:
        description: An invoice was written.
      paid:
        description: An invoice was paid.
        sample: {state: paid}
    never:
      deleted: An invoice is cancelled, never deleted.
"""


def written(directory: Path, text: str, name: str = "billing.yaml") -> Path:
    (directory / name).write_text(text, encoding="utf-8")
    return directory


def refusal(directory: Path, text: str) -> str:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(written(directory, text))
    return str(caught.value)


def test_the_catalogue_is_read_once() -> None:
    assert load_catalogue() is load_catalogue()


def test_an_own_file_is_added_after_the_shipped_groups(tmp_path: Path) -> None:
    catalogue = load_catalogue(written(tmp_path, BILLING))
    assert catalogue.groups[-1].title == "Billing"
    assert catalogue.require("invoice.paid").title == "Invoice paid"
    assert catalogue.why_not("invoice", "deleted") == "An invoice is cancelled, never deleted."
    assert "lead.created" in catalogue
    assert "invoice.paid" not in load_catalogue()


def test_an_action_s_sample_is_laid_over_its_object_s(tmp_path: Path) -> None:
    catalogue = load_catalogue(written(tmp_path, BILLING))
    assert catalogue.require("invoice.created").sample["state"] == "open"
    assert catalogue.require("invoice.paid").sample["state"] == "paid"
    assert catalogue.require("invoice.paid").sample["id"] == "inv_1"


def test_a_date_without_quotes_stays_text(tmp_path: Path) -> None:
    catalogue = load_catalogue(written(tmp_path, BILLING))
    assert catalogue.require("invoice.paid").sample["due"] == "2025-12-01"


def test_own_groups_stand_in_their_order(tmp_path: Path) -> None:
    written(tmp_path, BILLING.replace("billing", "later"), "a.yaml")
    first = BILLING.replace("invoice:", "refund:").replace("group: billing", "group: first\norder: 1")
    catalogue = load_catalogue(written(tmp_path, first, "b.yaml"))
    assert [group.key for group in catalogue.groups][-2:] == ["first", "later"]


def test_an_empty_directory_adds_nothing(tmp_path: Path) -> None:
    assert load_catalogue(tmp_path).keys() == load_catalogue().keys()


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"There is no directory .*nowhere to read event types from."):
        load_catalogue(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "description: An invoice was paid.",
            "descripton: An invoice was paid.",
            "objects.invoice.actions.paid.descripton: This word is not known here. Check its spelling.",
        ),
        (
            "description: An invoice was paid.",
            "title: Paid",
            "objects.invoice.actions.paid.description: This is missing.",
        ),
        ("title: Billing", "title: ''", "title: Write something here."),
        ("title: Billing", "title: Billing\norder: first", "order: Write a whole number here."),
        ("paid:", "Paid:", "objects.invoice.actions.Paid: Use small letters, digits and _,"),
        (
            "deleted:",
            "paid:",
            "objects.invoice: paid stands under actions and under never; keep one.",
        ),
        (
            "    sample: {id",
            "    record_id_path: number\n    sample: {id",
            "objects.invoice.actions.created.record_id_path: The sample has nothing at number.",
        ),
        (
            "    sample: {id",
            "    json_schema: {required: [total]}\n    sample: {id",
            "objects.invoice.actions.created.sample: total: The schema requires this.",
        ),
        (
            "    sample: {id",
            "    key_prefix: 9\n    sample: {id",
            "objects.invoice.key_prefix: Write text here.",
        ),
        (
            "    sample: {id",
            "    key_prefix: Bill\n    sample: {id",
            "objects.invoice.actions.created.key: Write an object and an action joined by a dot,",
        ),
        (
            "    sample: {id",
            "    key_prefix: lead\n    sample: {id",
            "There is already an event called lead.created.",
        ),
        ("      paid:", "      created:", "Line 10 is not readable as YAML: “created” stands twice."),
        ("title: Billing", "title: [", "Line"),
        (BILLING, "", "Write names and values here."),
        (BILLING, "- a list", "Write names and values here."),
    ],
)
def test_a_wrong_file_is_named_with_the_place(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    text = refusal(tmp_path, BILLING.replace(old, new, 1))
    assert text.startswith("In billing.yaml: ")
    assert sentence in text


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "billing.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CatalogueError, match=r"^In billing.yaml: The file is not readable as YAML"):
        load_catalogue(tmp_path)
