"""Domains: adding, listing, showing, proving, switching on and off, deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import Conflict
from certwright.domain.ids import DomainId
from certwright.web.digicert.errors import BadRequest, required
from certwright.web.digicert.routes.endpoint import (
    Operation,
    path_id,
    read_query,
    read_shape,
    send_json,
    send_nothing,
)
from certwright.web.digicert.schemas import domains as wire
from certwright.web.digicert.schemas.answers import Page
from certwright.web.digicert.translate import domain_filters, domains
from certwright.web.digicert.translate.query_string import parse_paging

if TYPE_CHECKING:
    from datetime import tzinfo

    from starlette.requests import Request
    from starlette.responses import Response

    from certwright.domain.account import Caller
    from certwright.domain.domain import DomainView
    from certwright.services.use_cases import UseCases

_DOMAIN = "/domain/{id}"
_NOT_FOUND = {
    DCVMethod.DNS_TXT: ("invalid_dns_txt", "No TXT record with the value was found."),
    DCVMethod.DNS_CNAME: ("invalid_dns_cname", "No CNAME record with the value was found."),
    DCVMethod.WEBSITE: ("file_random_value_not_found", "No file with the value was found."),
}


class DomainRoutes:
    """The operations on domains; ``zone`` is the clock of the days on which proofs end."""

    def __init__(self, use: UseCases, zone: tzinfo) -> None:
        self._use = use
        self._zone = zone

    def operations(self) -> tuple[Operation, ...]:
        """List the operations; fixed words come before ids."""
        return (
            Operation(method="GET", path="/domain", handler=self.list_domains),
            Operation(method="POST", path="/domain", handler=self.add, body=wire.AddDomain),
            Operation(method="GET", path="/domain/validation-type", handler=self.list_validation_types),
            Operation(method="GET", path="/domain/dcv/method", handler=self.list_methods),
            Operation(method="GET", path=_DOMAIN, handler=self.show),
            Operation(method="DELETE", path=_DOMAIN, handler=self.delete),
            Operation(method="PUT", path=f"{_DOMAIN}/activate", handler=self.activate),
            Operation(method="PUT", path=f"{_DOMAIN}/deactivate", handler=self.deactivate),
            Operation(method="GET", path=f"{_DOMAIN}/validation", handler=self.list_validations),
            Operation(
                method="POST", path=f"{_DOMAIN}/validation", handler=self.submit, body=wire.SubmitDomain
            ),
            Operation(
                method="PUT",
                path=f"{_DOMAIN}/dcv/method",
                handler=self.change_method,
                body=wire.ChangeDomainMethod,
            ),
            Operation(method="POST", path=f"{_DOMAIN}/dcv/token", handler=self.renew_token),
            Operation(method="GET", path=f"{_DOMAIN}/dcv/emails", handler=self.list_emails),
            Operation(method="PUT", path=f"{_DOMAIN}/dcv/emails", handler=self.send_emails),
            Operation(method="PUT", path=f"{_DOMAIN}/dcv/validate-token", handler=self.check),
        )

    async def list_domains(self, caller: Caller, request: Request) -> Response:
        """List the account's domains that match."""
        query = read_query(request)
        paging = parse_paging(query)
        now = self._use.clock.now()
        matching = domain_filters.select(await self._use.domains.list_of(caller), caller.account, query, now)
        rows = [
            domains.row(view, caller.account, query, at=now, zone=self._zone)
            for view in matching[paging.offset : paging.offset + paging.limit]
        ]
        return send_json(wire.DomainList(rows, Page(len(matching), paging.limit, paging.offset)))

    async def add(self, caller: Caller, request: Request) -> Response:
        """Add a domain and ask for its proof."""
        new = domains.parse_new_domain(await read_shape(request, wire.AddDomain))
        view = await self._use.domains.create(caller, new)
        answer = wire.AddedDomain(
            id=view.domain.id,
            dcv_token=domains.token(view, self._use.dcv_cname_target),
            validation_emails=domains.emails(view),
        )
        return send_json(answer, status=201)

    async def list_validation_types(self, _caller: Caller, _request: Request) -> Response:
        """List for what a domain can be validated."""
        return send_json(domains.validation_types())

    async def list_methods(self, _caller: Caller, _request: Request) -> Response:
        """List the ways to prove control."""
        return send_json(domains.methods())

    async def show(self, caller: Caller, request: Request) -> Response:
        """Show a domain."""
        view = await self._use.domains.show(caller, _id(request))
        return send_json(
            domains.info(
                view,
                caller.account,
                read_query(request),
                at=self._use.clock.now(),
                cname_target=self._use.dcv_cname_target,
            )
        )

    async def delete(self, caller: Caller, request: Request) -> Response:
        """Forget a domain; what was proved stays with the account."""
        await self._use.domains.delete(caller, _id(request))
        return send_nothing()

    async def activate(self, caller: Caller, request: Request) -> Response:
        """Switch a domain on."""
        await self._use.domains.set_active(caller, _id(request), active=True)
        return send_nothing()

    async def deactivate(self, caller: Caller, request: Request) -> Response:
        """Switch a domain off."""
        await self._use.domains.set_active(caller, _id(request), active=False)
        return send_nothing()

    async def list_validations(self, caller: Caller, request: Request) -> Response:
        """List the validations of a domain."""
        view = await self._use.domains.show(caller, _id(request))
        return send_json(wire.DomainValidations(domains.validations(view, self._use.clock.now())))

    async def submit(self, caller: Caller, request: Request) -> Response:
        """Have a domain validated for more, or again."""
        domain_id = _id(request)
        body = await read_shape(request, wire.SubmitDomain)
        await self._use.domains.show(caller, domain_id)
        method = domains.parse_method(body.dcv_method) if body.dcv_method else None
        levels = domains.parse_levels(body.validations)
        await self._use.domains.submit(caller, domain_id, levels, method=method)
        return send_nothing()

    async def change_method(self, caller: Caller, request: Request) -> Response:
        """Have a domain proved in another way."""
        domain_id = _id(request)
        body = await read_shape(request, wire.ChangeDomainMethod)
        await self._use.domains.show(caller, domain_id)
        if not body.dcv_method:
            raise required("dcv_method")
        view = await self._use.domains.change_method(
            caller,
            domain_id,
            domains.parse_method(body.dcv_method),
            domains.parse_emails(body.email_array),
        )
        answer = wire.ChangedDomainMethod(
            dcv_token=domains.token(view, self._use.dcv_cname_target), validation_emails=domains.emails(view)
        )
        return send_json(answer)

    async def renew_token(self, caller: Caller, request: Request) -> Response:
        """Make a new value to publish."""
        try:
            view = await self._use.domains.renew_token(caller, _id(request))
        except Conflict as cause:
            raise BadRequest("invalid_dcv_method", cause.message) from cause
        token = domains.token(view, self._use.dcv_cname_target)
        return send_json(token) if token else send_nothing()

    async def list_emails(self, caller: Caller, request: Request) -> Response:
        """List who may approve a domain by e-mail."""
        return send_json(domains.approvers(await self._use.domains.show(caller, _id(request))))

    async def send_emails(self, caller: Caller, request: Request) -> Response:
        """Mail the approvers of a domain again."""
        try:
            await self._use.domains.send_emails(caller, _id(request))
        except Conflict as cause:
            raise BadRequest("invalid_dcv_method", cause.message) from cause
        return send_nothing()

    async def check(self, caller: Caller, request: Request) -> Response:
        """Look for the proof of a domain now."""
        before = await self._use.domains.show(caller, _id(request))
        if before.domain.method is DCVMethod.EMAIL and not before.is_proved(self._use.clock.now()):
            raise BadRequest("invalid_dns_method", "The domain is proved by e-mail.")
        view = await self._use.domains.look(caller, _id(request))
        if view.proof is None or not self._is_answered(view):
            raise BadRequest(*_NOT_FOUND[view.domain.method])
        return send_json(wire.CheckedToken(view.proof.random_value, "active"))

    def _is_answered(self, view: DomainView) -> bool:
        return view.is_proved(self._use.clock.now()) and not view.pending


def _id(request: Request) -> DomainId:
    return DomainId(path_id(request, "domain"))
