"""The photos and files of a paper: small under its card, whole behind a tap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from sqlalchemy import Connection, bindparam, text
from starlette.responses import Response

from bot.web.paths import router_of
from bot.web.session import Stop, Visitor, visitor
from inventory_core.db.engine import reading
from workflows import attachments, papers
from workflows.desk import Desk

_MOST: Final = 60
_NUMBER_MAX: Final = 2**53
_DOCUMENTS: Final = text("""
    SELECT t.id, i.document_id FROM tasks t JOIN flow_instances i ON i.id = t.instance_id WHERE t.id IN :ids
""").bindparams(bindparam("ids", expanding=True))


@dataclass(frozen=True, slots=True)
class Shot:
    """A file as it lies under a card: where it is under the person's home, and who added it when.

    ``is_drawn``: it is shown whole, such as a signature, where a photo is cut to size.
    """

    address: str
    name: str
    words: str
    is_photo: bool
    is_drawn: bool = False


def shots(db: Connection, desk: Desk, who: Visitor, task_ids: Sequence[int]) -> dict[int, tuple[Shot, ...]]:
    """Return the newest files of each task's paper, for whoever may see the paper."""
    if not task_ids:
        return {}
    documents = {row.id: row.document_id for row in db.execute(_DOCUMENTS, {"ids": list(task_ids)})}
    found = {task_id: of_paper(db, desk, who, document_id) for task_id, document_id in documents.items()}
    return {task_id: files for task_id, files in found.items() if files}


def of_paper(db: Connection, desk: Desk, who: Visitor, document_id: int) -> tuple[Shot, ...]:
    """Return the newest files of a paper, each content once, for whoever may see the paper."""
    files = attachments.different(attachments.of_document(db, document_id))[-_MOST:]
    if not files or not papers.may_see(db, who.employee, document_id, now=desk.clock()):
        return ()
    return tuple(
        Shot(
            f"/attached/{each.id}",
            each.name,
            f"{each.by} · {desk.local_time(each.at)}",
            is_photo=not each.name.lower().endswith(".pdf"),
            is_drawn=each.name.lower().endswith(".png"),
        )
        for each in files
    )


def router(desk: Desk) -> APIRouter:
    """Return the route of the files."""

    def attached(request: Request, code: str, number: int) -> Response:
        who = visitor(desk, request, code)
        with reading(desk.engine) as db:
            found = attachments.one(db, number) if number < _NUMBER_MAX else None
            if found is None:
                raise Stop(404, "web.not_found")
            if not papers.may_see(db, who.employee, found.document_id, now=desk.clock()):
                raise Stop(403, "web.not_yours")
        kept = attachments.load(desk, found)
        if kept is None:
            raise Stop(404, "web.not_found")
        if kept.name.endswith(".pdf"):  # as a file: our pages' policy lets no viewer in
            headers = {"Content-Disposition": 'attachment; filename="file.pdf"'}
            return Response(kept.content, media_type="application/pdf", headers=headers)
        kind = "image/png" if kept.name.endswith(".png") else "image/jpeg"
        return Response(kept.content, media_type=kind, headers={"Cache-Control": "private, max-age=86400"})

    return router_of(("GET", "/p/{code}/attached/{number:int}", attached))
