"""All use cases of the program together, as the dialects and the command line get them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from certwright.domain.product import Catalogue
    from certwright.services.accounts import Accounts
    from certwright.services.annotations import Annotations
    from certwright.services.approvals import Approvals
    from certwright.services.approver_email import ApproverEmails
    from certwright.services.billing import Billing
    from certwright.services.bulk_ordering import BulkOrdering
    from certwright.services.changed_orders import ChangedOrders
    from certwright.services.contacts import Contacts
    from certwright.services.csr_tools import CSRTools
    from certwright.services.delivery import Delivery
    from certwright.services.domains import Domains
    from certwright.services.feed import Feed
    from certwright.services.ordering import Ordering
    from certwright.services.organizations import Organizations
    from certwright.services.ports import Clock
    from certwright.services.reissuing import Reissuing
    from certwright.services.revocation import Revocation
    from certwright.services.search import Search
    from certwright.services.statistics import Statistics
    from certwright.services.subscriptions import Subscriptions
    from certwright.services.validation import Validating
    from certwright.services.webhooks import Webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """The use cases, wired to their ports, and what all of them share.

    ``dcv_cname_target`` is the name that, behind an order's random value, a validation's CNAME has to point to.
    """

    clock: Clock
    catalogue: Catalogue
    dcv_cname_target: str
    accounts: Accounts
    annotations: Annotations
    approvals: Approvals
    approver_emails: ApproverEmails
    billing: Billing
    bulk_ordering: BulkOrdering
    changed_orders: ChangedOrders
    contacts: Contacts
    csr_tools: CSRTools
    delivery: Delivery
    domains: Domains
    feed: Feed
    ordering: Ordering
    organizations: Organizations
    reissuing: Reissuing
    revocation: Revocation
    search: Search
    statistics: Statistics
    subscriptions: Subscriptions
    validating: Validating
    webhooks: Webhooks
