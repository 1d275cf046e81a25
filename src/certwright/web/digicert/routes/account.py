"""What belongs to an account: the user, its organizations, and the products it can order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.ids import OrganizationId
from certwright.web.digicert.routes.endpoint import (
    Operation,
    path_id,
    read_query,
    send_csv,
    send_json,
    wants_csv,
)
from certwright.web.digicert.schemas.answers import Page
from certwright.web.digicert.schemas.parties import OrganizationList, ProductList, Validations
from certwright.web.digicert.translate import csv_lists, parties
from certwright.web.digicert.translate.query_string import parse_paging

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from certwright.domain.account import Caller
    from certwright.domain.organization import Organization
    from certwright.services.use_cases import UseCases

_ORGANIZATION = "/organization/{id}"


class AccountRoutes:
    """The operations on users, organizations and products, all of them to read."""

    def __init__(self, use: UseCases) -> None:
        self._use = use

    def operations(self) -> tuple[Operation, ...]:
        """List the operations."""
        return (
            Operation(method="GET", path="/user/me", handler=self.show_me),
            Operation(method="GET", path="/organization", handler=self.list_organizations, sends_csv=True),
            Operation(method="GET", path=_ORGANIZATION, handler=self.show_organization),
            Operation(method="GET", path=f"{_ORGANIZATION}/validation", handler=self.list_validations),
            Operation(method="GET", path="/product", handler=self.list_products),
            Operation(method="GET", path="/product/{name_id}", handler=self.show_product),
        )

    async def show_me(self, caller: Caller, _request: Request) -> Response:
        """Show whose key it is."""
        return send_json(parties.me(caller))

    async def list_organizations(self, caller: Caller, request: Request) -> Response:
        """List the account's organizations."""
        query = read_query(request)
        paging = parse_paging(query)
        matching = parties.select(await self._use.organizations.list_of(caller), caller.account, query)
        rows = [
            parties.organization(
                each,
                caller.account,
                at=self._use.clock.now(),
                with_validations=query.flag("include_validation"),
            )
            for each in matching[paging.offset : paging.offset + paging.limit]
        ]
        if wants_csv(request):
            return send_csv(csv_lists.organizations(rows))
        return send_json(OrganizationList(rows, Page(len(matching), paging.limit, paging.offset)))

    async def show_organization(self, caller: Caller, request: Request) -> Response:
        """Show an organization."""
        found = await self._organization(caller, request)
        with_validations = read_query(request).flag("include_validation")
        return send_json(
            parties.organization(
                found,
                caller.account,
                at=self._use.clock.now(),
                with_validations=with_validations,
                with_contact=True,
            )
        )

    async def list_validations(self, caller: Caller, request: Request) -> Response:
        """List the validations of an organization."""
        found = await self._organization(caller, request)
        return send_json(Validations(parties.validations(found, at=self._use.clock.now())))

    async def list_products(self, _caller: Caller, _request: Request) -> Response:
        """List the products."""
        return send_json(ProductList([parties.product_row(each) for each in self._use.catalogue.products]))

    async def show_product(self, _caller: Caller, request: Request) -> Response:
        """Show a product."""
        found = self._use.catalogue.get_by_name_id(request.path_params["name_id"])
        return send_json(parties.product_info(found))

    async def _organization(self, caller: Caller, request: Request) -> Organization:
        organization_id = OrganizationId(path_id(request, "organization"))
        return await self._use.organizations.get(caller, organization_id)
