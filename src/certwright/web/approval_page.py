"""The page that an approval e-mail leads to: it shows what is approved and asks to confirm.

A GET changes nothing, for mail scanners follow links; only the confirmed form spends the code.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.routing import Route

from certwright.domain.account import Secret
from certwright.domain.errors import CertwrightError, LimitExceeded, NotFound, Unavailable
from certwright.services.approver_email import APPROVAL_PATH
from certwright.web.shared.bodies import read_body

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from certwright.services.approver_email import PendingApproval
    from certwright.services.use_cases import UseCases

_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",  # the code stands in the address
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}
_STATUSES = {
    NotFound: HTTPStatus.NOT_FOUND,
    LimitExceeded: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_MAX_CODE_LENGTH = 100


class _ApprovalPage:
    def __init__(self, use: UseCases) -> None:
        self._use = use
        environment = Environment(
            loader=PackageLoader("certwright.web"), autoescape=True, undefined=StrictUndefined
        )
        self._template = environment.get_template("approval.html")

    async def show(self, request: Request) -> Response:
        """Show what a code approves, or ask for the code."""
        code = request.query_params.get("code", "")
        if not code:
            return self._page("ask")
        try:
            approval = await self._use.approver_emails.show(_secret(code))
        except CertwrightError as error:
            return self._refused(error)
        return self._page("confirm", approval=approval, code=code)

    async def confirm(self, request: Request) -> Response:
        """Spend the code of a confirmed form."""
        try:
            form = parse_qs((await read_body(request)).decode(errors="replace"))
            approval = await self._use.approver_emails.confirm(_secret(form.get("code", [""])[0]))
        except CertwrightError as error:
            return self._refused(error)
        return self._page("done", approval=approval)

    def _refused(self, error: CertwrightError) -> Response:
        status = next(
            (status for kind, status in _STATUSES.items() if isinstance(error, kind)), HTTPStatus.CONFLICT
        )
        return self._page("refused", message=error.message, status=status)

    def _page(
        self,
        state: str,
        *,
        approval: PendingApproval | None = None,
        code: str = "",
        message: str = "",
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        html = self._template.render(
            state=state, approval=approval, code=code, message=message, path=APPROVAL_PATH
        )
        return HTMLResponse(html, status, headers=_HEADERS)


def _secret(code: str) -> Secret:
    return Secret(code.strip().upper()[:_MAX_CODE_LENGTH])


def routes(use: UseCases) -> list[BaseRoute]:
    """List the routes of the page."""
    page = _ApprovalPage(use)
    return [
        Route(APPROVAL_PATH, page.show, methods=["GET"]),
        Route(APPROVAL_PATH, page.confirm, methods=["POST"]),
    ]
