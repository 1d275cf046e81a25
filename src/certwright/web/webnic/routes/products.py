"""Products: lists, rules, info and prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.web.shared import openapi
from certwright.web.webnic.routes import examples
from certwright.web.webnic.routes.endpoint import operation, query_text
from certwright.web.webnic.schemas.products import (
    ListedProduct,
    PriceAnswer,
    PricedProduct,
    ProductRulesAnswer,
)
from certwright.web.webnic.translate import products as translate

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.domain.product import Product
    from certwright.services.use_cases import UseCases

_PRODUCT_KEY = openapi.Parameter(
    name="productKey",
    required=True,
    description="The product's key.",
    schema={"type": "string", "minLength": 1},
    example="ssl123",
)


def _count(name: str, description: str, *, required: bool, example: int) -> openapi.Parameter:
    schema = {"type": "integer", "minimum": int(required), "maximum": 250}
    return openapi.Parameter(
        name=name, description=description, required=required, schema=schema, example=example
    )


async def list_products(use: UseCases, _caller: Caller, _request: Request) -> list[ListedProduct]:
    """List the products that can be ordered."""
    return [translate.listed_product(product) for product in use.catalogue.products]


async def list_priced_products(use: UseCases, _caller: Caller, _request: Request) -> list[PricedProduct]:
    """List the products with their prices for a year, as clients did before the other list."""
    return [translate.priced_product(product) for product in use.catalogue.products]


async def get_product_rules(use: UseCases, _caller: Caller, request: Request) -> ProductRulesAnswer:
    """Show what an order of a product may ask for."""
    return translate.product_rules(_product(use, request))


async def get_product(use: UseCases, _caller: Caller, request: Request) -> ListedProduct:
    """Show one product of the list."""
    return translate.listed_product(_product(use, request))


async def get_product_price(use: UseCases, _caller: Caller, request: Request) -> PriceAnswer:
    """Price an order, part by part."""
    query = request.query_params
    return translate.price_answer(
        _product(use, request),
        use.catalogue.currency,
        term=translate.parse_count("term", query.get("term")),
        names=translate.parse_count("commonSAN", query.get("commonSAN"), usual=0),
        wildcard_names=translate.parse_count("wildcardSAN", query.get("wildcardSAN"), usual=0),
    )


def _product(use: UseCases, request: Request) -> Product:
    return use.catalogue.get(query_text(request, _PRODUCT_KEY.name))


OPERATIONS = (
    operation(
        list_products,
        "GET",
        "/ssl/v2/products/list",
        "Product",
        answer=list[ListedProduct],
        answer_example=[examples.PRODUCT],
    ),
    operation(
        list_priced_products,
        "GET",
        "/ssl/v2/products/list/price",
        "Product",
        answer=list[PricedProduct],
        answer_example=[examples.PRICED_PRODUCT],
        deprecated=True,
    ),
    operation(
        get_product_rules,
        "GET",
        "/ssl/v2/products/rules",
        "Product",
        parameters=(_PRODUCT_KEY,),
        answer=ProductRulesAnswer,
        answer_example=examples.PRODUCT_RULES,
    ),
    operation(
        get_product,
        "GET",
        "/ssl/v2/products/info",
        "Product",
        parameters=(_PRODUCT_KEY,),
        answer=ListedProduct,
        answer_example=examples.PRODUCT,
    ),
    operation(
        get_product_price,
        "GET",
        "/ssl/v2/products/pricing",
        "Product",
        parameters=(
            _PRODUCT_KEY,
            _count("term", "The term in years.", required=True, example=1),
            _count("commonSAN", "How many further names.", required=False, example=2),
            _count("wildcardSAN", "How many further wildcard names.", required=False, example=1),
        ),
        answer=PriceAnswer,
        answer_example=examples.PRICE,
    ),
)
