"""``certwright order``: orders from files, and what happens to orders."""

import click

from certwright.cli.order.import_command import import_orders
from certwright.cli.order.watch_command import watch_orders


@click.group()
def order() -> None:
    """Bring orders in from files, and follow what happens to orders."""


for command in (import_orders, watch_orders):
    order.add_command(command)
