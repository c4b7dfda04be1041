"""The door for carriers: reports of where a delivery is, signed with the secret that the carrier was given."""

import structlog
from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from bot.web.paths import router_of
from inventory_core.signing import HEADER, is_signed
from workflows import carriers
from workflows.desk import Desk

log = structlog.get_logger()

PATH = "/carrier/reports"


def router(desk: Desk, *, secret: str) -> APIRouter:
    """Return the route of the carriers' reports.

    204 once a report is kept (again, too), 401 without the signature, 400 for what is no report, 404 for a delivery
    that does not exist, 503 while its card is not there yet: it should be sent again.
    """

    async def take(request: Request) -> Response:
        body = await request.body()
        if not is_signed(secret, body, request.headers.get(HEADER, ""), now=desk.clock()):
            return Response(status_code=401)
        try:
            report = carriers.Report.model_validate_json(body)
        except ValidationError:
            log.warning("carrier_report_unreadable")
            return Response(status_code=400)
        try:
            is_known = await run_in_threadpool(carriers.take, desk, report)
        except carriers.NotYet:
            return Response(status_code=503, headers={"Retry-After": "5"})
        return Response(status_code=204 if is_known else 404)

    return router_of(("POST", PATH, take))
