"""Run acme2certifier's DigiCert handler from enrollment to revocation; it reads its usual configuration file.

Argument: a file with a CSR as bare base64. The configuration's name is in ACME_SRV_CONFIGFILE. Prints JSON.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from acme2certifier.cahandlers.digicert_ca_handler import CAhandler


def main(csr_file: str) -> None:
    """Enroll and revoke."""
    logger = logging.getLogger("acme2certifier")
    with CAhandler(logger=logger) as handler:
        problem = handler.handler_check()
        error, bundle, certificate, poll_identifier = handler.enroll(Path(csr_file).read_text())
        code, _message, detail = handler.revoke(certificate) if certificate else (0, "", "")
    told = {
        "problem": problem,
        "error": error,
        "bundle": bundle,
        "certificate": certificate,
        "order_id": poll_identifier,
        "revoked": code,
        "detail": detail,
    }
    print(json.dumps(told))  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main(*sys.argv[1:])
