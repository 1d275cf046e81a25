"""Run certmesh's DigiCert provider from order to revocation; it is configured, and otherwise as it was published.

Arguments: the API's base URL, the common name, the product. The API key is in CM_DIGICERT_API_KEY. Prints JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from certmesh import certificate_utils
from certmesh.providers import digicert_client as digicert


def main(base_url: str, common_name: str, product: str) -> None:
    """Order, wait, download, list, search, describe, duplicate, revoke."""
    config = {"base_url": base_url, "polling": {"interval_seconds": 1, "max_wait_seconds": 60}}
    account: tuple[Any, dict[str, Any], None] = (config, {}, None)
    order = digicert.OrderRequest(
        common_name=common_name,
        product_name_id=product,
        validity_days=90,
        key_size=2048,
        dcv_method="dns-txt-token",
        comments="By certmesh",
    )
    bundle = digicert.order_and_await_certificate(*account, order)
    (listed,) = digicert.list_issued_certificates(*account, status="issued")
    (found,) = digicert.search_certificates(*account, common_name=common_name)
    detail = digicert.describe_certificate(*account, int(bundle.source_id))
    key = certificate_utils.generate_rsa_private_key(key_size=2048)
    csr = certificate_utils.build_csr(key, certificate_utils.SubjectInfo(common_name=common_name))
    duplicate = digicert.duplicate_certificate(*account, listed.order_id, certificate_utils.csr_to_pem(csr))
    revoked = digicert.revoke_certificate(
        *account, certificate_id=detail.certificate_id, reason="key_compromise", comments="Lost"
    )
    after = digicert.describe_certificate(*account, detail.certificate_id)
    told = {
        "certificate": bundle.certificate_pem,
        "chain": bundle.chain_pem,
        "listed": listed.certificate_id,
        "found": found.serial_number,
        "status": detail.status,
        "duplicate": duplicate["certificate_id"],
        "revoked": revoked["status"],
        "status_after": after.status,
    }
    print(json.dumps(told))  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main(*sys.argv[1:])
