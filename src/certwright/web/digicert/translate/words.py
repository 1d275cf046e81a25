"""The vocabulary: which word of the wire stands for which value of ours."""

from __future__ import annotations

from certwright.domain.account import Role
from certwright.domain.certificate import RevocationReason
from certwright.domain.dcv import DCVMethod
from certwright.domain.product import Product, ValidationLevel
from certwright.domain.status import OrderStatus

STATUS_WORDS: dict[OrderStatus, str] = {
    OrderStatus.NEEDS_APPROVAL: "needs_approval",
    OrderStatus.NEEDS_CSR: "needs_csr",
    OrderStatus.PENDING: "pending",
    OrderStatus.VALIDATING: "pending",
    OrderStatus.PROCESSING: "processing",
    OrderStatus.ISSUED: "issued",
    OrderStatus.REISSUE_PENDING: "reissue_pending",
    OrderStatus.REJECTED: "rejected",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.REFUNDED: "canceled",
    OrderStatus.REVOKED: "revoked",
    OrderStatus.EXPIRED: "expired",
}
"""How an order's status is told. Clients throw at words they do not know, so there are no others."""

METHOD_WORDS: dict[DCVMethod, str] = {
    DCVMethod.EMAIL: "email",
    DCVMethod.DNS_TXT: "dns-txt-token",
    DCVMethod.DNS_CNAME: "dns-cname-token",
    DCVMethod.WEBSITE: "http-token",
}
"""How a way to prove control is told."""

METHODS: dict[str, DCVMethod] = {word: method for method, word in METHOD_WORDS.items()}

REVOCATION_REASONS: dict[str, RevocationReason] = {
    "unspecified": RevocationReason.UNSPECIFIED,
    "keyCompromise": RevocationReason.KEY_COMPROMISE,
    "affiliationChanged": RevocationReason.AFFILIATION_CHANGED,
    "superseded": RevocationReason.SUPERSEDED,
    "cessationOfOperation": RevocationReason.CESSATION_OF_OPERATION,
    # A client writes them like this, in a reading of the manual that we have not seen.
    "key_compromise": RevocationReason.KEY_COMPROMISE,
    "affiliation_change": RevocationReason.AFFILIATION_CHANGED,
    "cessation_of_operation": RevocationReason.CESSATION_OF_OPERATION,
}
"""The reasons that a client may give for a revocation."""

ROLES: dict[Role, tuple[int, str]] = {
    Role.ADMINISTRATOR: (1, "Administrator"),
    Role.LIMITED: (2, "Limited user"),
    Role.FINANCE: (3, "Finance manager"),
    Role.MANAGER: (4, "Manager"),
    Role.STANDARD: (5, "Standard user"),
}
"""The numbers and names of the roles."""

LEVEL_NAMES: dict[ValidationLevel, str] = {
    ValidationLevel.DV: "Domain Validation",
    ValidationLevel.OV: "Organization Validation",
    ValidationLevel.EV: "Extended Validation",
}


def statuses_of(word: str) -> tuple[OrderStatus, ...]:
    """List the statuses that a filter's word means; ``issued`` means those that have expired since, too."""
    found = [status for status, known in STATUS_WORDS.items() if known == word.lower()]
    if OrderStatus.ISSUED in found:
        found.append(OrderStatus.EXPIRED)
    return tuple(found)


def product_type(product: Product) -> str:
    """Return the group of products that a product is told to be of."""
    if product.private:
        return "private_ssl_certificate"
    return "dv_ssl_certificate" if product.validation_level is ValidationLevel.DV else "ssl_certificate"
