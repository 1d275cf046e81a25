"""What becomes of orders: the actions that lead to each status, and how many of a hundred orders end there."""

from __future__ import annotations

from certwright.domain.certificate import CertificateStatus
from certwright.domain.status import Action, OrderStatus

_S, _A = OrderStatus, Action
PATHS: dict[OrderStatus, tuple[Action, ...]] = {
    _S.ISSUED: (_A.SUBMIT, _A.ISSUE),
    _S.EXPIRED: (_A.SUBMIT, _A.ISSUE, _A.EXPIRE),
    _S.CANCELED: (_A.CANCEL,),
    _S.PENDING: (),
    _S.VALIDATING: (_A.PROVE,),
    _S.REJECTED: (_A.REJECT,),
    _S.REVOKED: (_A.SUBMIT, _A.ISSUE, _A.REVOKE),
    _S.REFUNDED: (_A.CANCEL, _A.REFUND),
    _S.REISSUE_PENDING: (_A.SUBMIT, _A.ISSUE, _A.REISSUE),
    _S.NEEDS_CSR: (),
}
SHARES = (60, 20, 7, 4, 1, 2, 2, 1, 1, 2)
CERTIFICATE_STATUS = {
    _S.ISSUED: CertificateStatus.ISSUED,
    _S.EXPIRED: CertificateStatus.EXPIRED,
    _S.REVOKED: CertificateStatus.REVOKED,
}
