"""The ids of everything, as types of their own so that an order's number can't pass for a certificate's.

All are positive and fit a signed 32-bit integer: .NET clients of DigiCert's API read them as such.
"""

from __future__ import annotations

from typing import NewType

AccountId = NewType("AccountId", int)
APIKeyId = NewType("APIKeyId", int)
OrderId = NewType("OrderId", int)
CertificateId = NewType("CertificateId", int)
ValidationId = NewType("ValidationId", int)
OrganizationId = NewType("OrganizationId", int)
ContactId = NewType("ContactId", int)
ApprovalRequestId = NewType("ApprovalRequestId", int)
AuthorityId = NewType("AuthorityId", int)
TransactionId = NewType("TransactionId", int)
CustomFieldId = NewType("CustomFieldId", int)
NoteId = NewType("NoteId", int)
DomainId = NewType("DomainId", int)
WebhookId = NewType("WebhookId", int)
SubscriptionId = NewType("SubscriptionId", int)
ProductKey = NewType("ProductKey", str)

HIGHEST_ID = 2**31 - 1
