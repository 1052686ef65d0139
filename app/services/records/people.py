"""People by whom records are led or told: the numbers that records name them by."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.transaction import transaction
from app.services.records.authors import Author, member


def numbered(space_id: str, person_ids: Iterable[str]) -> dict[str, Author]:
    """The rows of these people, by id; whoever has no number yet gets one. Who is not of the space is left out."""
    wanted = sorted(set(person_ids))[:200]
    if not wanted:
        return {}
    with transaction() as session:
        found = {person_id: member(session, space_id, person_id) for person_id in wanted}
    return {person_id: row for person_id, row in found.items() if row is not None}
