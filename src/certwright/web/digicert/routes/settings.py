"""The account as a whole: its containers, users, money and CAs, and writing its organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.errors import NotFound
from certwright.domain.ids import APIKeyId, OrganizationId
from certwright.domain.organization import OrganizationStatus
from certwright.domain.query import Condition, OneOf, OrderField, OrderQuery
from certwright.web.digicert.routes.endpoint import (
    Operation,
    path_id,
    read_query,
    read_shape,
    send_csv,
    send_json,
    send_nothing,
    wants_csv,
)
from certwright.web.digicert.schemas import account as wire
from certwright.web.digicert.schemas.answers import Page
from certwright.web.digicert.schemas.parties import OrganizationReferences
from certwright.web.digicert.translate import account, csv_lists, parties
from certwright.web.digicert.translate.domains import parse_levels
from certwright.web.digicert.translate.query_string import parse_paging

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases

_CONTAINER = "/container/{id}"
_ORGANIZATION = "/organization/{id}"


class SettingsRoutes:
    """The operations on the account as a whole."""

    def __init__(self, use: UseCases) -> None:
        self._use = use

    def operations(self) -> tuple[Operation, ...]:
        """List the operations."""
        return (
            Operation(method="GET", path="/account", handler=self.show_account),
            Operation(method="GET", path="/finance/balance", handler=self.show_balance),
            Operation(method="GET", path="/finance/purchase-history", handler=self.list_purchases),
            Operation(method="GET", path="/user", handler=self.list_users, sends_csv=True),
            Operation(method="GET", path="/user/{id}", handler=self.show_user),
            Operation(method="GET", path="/container", handler=self.list_containers),
            Operation(method="GET", path=_CONTAINER, handler=self.show_container),
            Operation(method="GET", path=f"{_CONTAINER}/children", handler=self.list_children),
            Operation(method="GET", path=f"{_CONTAINER}/template", handler=self.list_templates),
            Operation(
                method="GET", path=f"{_CONTAINER}/template/{{template_id}}", handler=self.show_template
            ),
            Operation(method="GET", path=f"{_CONTAINER}/order/organization", handler=self.list_organizations),
            Operation(method="GET", path="/certificate/intermediates", handler=self.list_intermediates),
            Operation(
                method="POST",
                path="/organization",
                handler=self.add_organization,
                body=wire.AddOrganization,
            ),
            Operation(method="PUT", path=f"{_ORGANIZATION}/activate", handler=self.activate),
            Operation(method="PUT", path=f"{_ORGANIZATION}/deactivate", handler=self.deactivate),
            Operation(
                method="POST",
                path=f"{_ORGANIZATION}/validation",
                handler=self.submit,
                body=wire.SubmitOrganization,
            ),
        )

    async def show_account(self, caller: Caller, _request: Request) -> Response:
        """Show the account."""
        balance = await self._use.billing.balance(caller.account_id)
        organizations = await self._use.organizations.list_of(caller)
        return send_json(account.account(caller.account, balance, organizations))

    async def show_balance(self, caller: Caller, _request: Request) -> Response:
        """Show what the account has."""
        balance = await self._use.billing.balance(caller.account_id)
        return send_json(account.balance(balance, self._use.catalogue.currency))

    async def list_purchases(self, caller: Caller, request: Request) -> Response:
        """List what was paid for orders and given back, the latest first."""
        paging = parse_paging(read_query(request))
        booked = [each for each in await self._use.billing.list_of(caller.account_id) if each.order_id]
        page = booked[::-1][paging.offset : paging.offset + paging.limit]
        ids = tuple({each.order_id for each in page if each.order_id is not None})
        query = OrderQuery(account_id=caller.account_id, conditions=(Condition(OrderField.ID, OneOf(ids)),))
        found = (await self._use.search.search(query)).items
        names = {each.id: self._use.catalogue.get_ordered(each.product_key).name for each in found}
        return send_json(account.purchases(page, names, caller.account))

    async def list_users(self, caller: Caller, request: Request) -> Response:
        """List the account's users, which are its keys."""
        paging = parse_paging(read_query(request))
        keys = await self._use.accounts.list_keys(caller.account_id)
        page = keys[paging.offset : paging.offset + paging.limit]
        rows = [account.user(key, caller.account) for key in page]
        if wants_csv(request):
            return send_csv(csv_lists.users(rows))
        return send_json(wire.UserList(rows, Page(len(keys), paging.limit, paging.offset)))

    async def show_user(self, caller: Caller, request: Request) -> Response:
        """Show a user."""
        key_id = APIKeyId(path_id(request, "user"))
        for key in await self._use.accounts.list_keys(caller.account_id):
            if key.id == key_id:
                return send_json(account.user(key, caller.account))
        raise NotFound("user")

    async def list_containers(self, caller: Caller, _request: Request) -> Response:
        """List the one container of the account."""
        return send_json(wire.ContainerList([await self._container(caller)]))

    async def show_container(self, caller: Caller, request: Request) -> Response:
        """Show the container."""
        _check_container(caller, request)
        return send_json(await self._container(caller))

    async def list_children(self, caller: Caller, request: Request) -> Response:
        """List the containers below one: there are none."""
        _check_container(caller, request)
        return send_json(wire.ContainerList([]))

    async def list_templates(self, caller: Caller, request: Request) -> Response:
        """List the templates of the container."""
        _check_container(caller, request)
        return send_json(account.templates())

    async def show_template(self, caller: Caller, request: Request) -> Response:
        """Show a template of the container."""
        _check_container(caller, request)
        for template in account.templates().container_templates:
            if str(template.id) == request.path_params["template_id"]:
                return send_json(template)
        raise NotFound("template")

    async def list_organizations(self, caller: Caller, request: Request) -> Response:
        """List the organizations that orders of the container may name."""
        _check_container(caller, request)
        active = [
            parties.organization_reference(each)
            for each in await self._use.organizations.list_of(caller)
            if each.status is OrganizationStatus.ACTIVE
        ]
        return send_json(OrganizationReferences(active))

    async def list_intermediates(self, _caller: Caller, _request: Request) -> Response:
        """List the CAs that sign the account's certificates."""
        delivery = self._use.delivery
        return send_json(
            wire.Intermediates(
                [
                    account.intermediate(authority_id, delivery.authority_chain(authority_id)[0])
                    for authority_id in delivery.authority_ids()
                ]
            )
        )

    async def add_organization(self, caller: Caller, request: Request) -> Response:
        """Add an organization, which nobody has validated yet."""
        new = account.parse_new_organization(await read_shape(request, wire.AddOrganization))
        made = await self._use.organizations.create(caller.account_id, new)
        return send_json(wire.AddedOrganization(made.id), status=201)

    async def activate(self, caller: Caller, request: Request) -> Response:
        """Let new orders name an organization."""
        await self._use.organizations.set_active(caller, _organization_id(request), active=True)
        return send_nothing()

    async def deactivate(self, caller: Caller, request: Request) -> Response:
        """Let no new order name an organization."""
        await self._use.organizations.set_active(caller, _organization_id(request), active=False)
        return send_nothing()

    async def submit(self, caller: Caller, request: Request) -> Response:
        """Ask for an organization's validation."""
        organization_id = _organization_id(request)
        body = await read_shape(request, wire.SubmitOrganization)
        await self._use.organizations.get(caller, organization_id)
        for level in parse_levels(body.validations):
            await self._use.organizations.submit(caller, organization_id, level)
        return send_nothing()

    async def _container(self, caller: Caller) -> wire.ContainerInfo:
        return account.container(
            caller.account,
            await self._use.accounts.list_keys(caller.account_id),
            await self._use.domains.list_of(caller),
            await self._use.organizations.list_of(caller),
        )


def _check_container(caller: Caller, request: Request) -> None:
    if path_id(request, "container") != caller.account_id:
        raise NotFound("container")


def _organization_id(request: Request) -> OrganizationId:
    return OrganizationId(path_id(request, "organization"))
