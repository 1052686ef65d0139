"""Records: the leads, contacts, tasks and jobs of a space, whose changes are its events (D5).

Every call joins the `transaction()` of its caller, or has one of its own. It publishes the events of the change with
`publish_in` in that transaction: a record and its events are stored together or not at all.

`kind` is a key of the catalogue, such as `lead`; `id` is the record's own one as the articles show it, as text or
number: `4711`, `"816"`, `"job_20418"`, a UUID. Who may do what is the business of the faces (`app.models.permission`).
Raised: `NotFound` (unknown kind, no such record in this space, deleted), `Invalid` (the names of the fields that are
wrong), `Conflict` ("changed_meanwhile": `version` is no longer the newest).
"""

from app.models.record import manage_permission, view_permission
from app.services.records.finding import get, kind_at, kind_named, kinds, tools
from app.services.records.listing import Filters, Page, find
from app.services.records.saving import New, create, create_together, delete, move_stage, restore, update
from app.services.records.shape import as_shown
from app.services.records.signing import sign

__all__ = [
    "Filters",
    "New",
    "Page",
    "as_shown",
    "create",
    "create_together",
    "delete",
    "find",
    "get",
    "kind_at",
    "kind_named",
    "kinds",
    "manage_permission",
    "move_stage",
    "restore",
    "sign",
    "tools",
    "update",
    "view_permission",
]
