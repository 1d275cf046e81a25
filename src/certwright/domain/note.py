"""Notes that people write down beside an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.ids import AccountId, APIKeyId, NoteId, OrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note; nobody changes it afterwards."""

    id: NoteId
    account_id: AccountId
    order_id: OrderId
    author: APIKeyId
    created_at: datetime
    text: str
