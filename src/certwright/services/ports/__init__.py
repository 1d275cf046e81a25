"""What the use cases need of the outer rooms, as protocols that those rooms implement."""

from certwright.services.ports.annotations import CustomFields, Notes
from certwright.services.ports.book import (
    Certificates,
    Changes,
    OrderCounts,
    OrderFigures,
    Orders,
    OrderSearch,
    Validations,
)
from certwright.services.ports.domains import Domains
from certwright.services.ports.following import ChangeSignal, ChangeWatch
from certwright.services.ports.indexing import (
    BookChanges,
    BookReader,
    BookState,
    IndexedOrder,
    StatedPage,
    TouchedOrders,
)
from certwright.services.ports.jobs import DueJob, Job, JobKind, Jobs, SettledJob
from certwright.services.ports.outside import (
    CAAChecker,
    CABackend,
    Clock,
    CSRReader,
    DomainProbe,
    Mailer,
    Message,
    OCSPQuestion,
    RevocationSigner,
)
from certwright.services.ports.parties import (
    Accounts,
    AnsweredRequest,
    AnsweredRequests,
    ApprovalRequests,
    Authorities,
    Contacts,
    Ledger,
    Organizations,
)
from certwright.services.ports.storage import NumberKind, Store, UnitOfWork
from certwright.services.ports.subscriptions import (
    Answer,
    DeliveryAttempts,
    Notice,
    NoticeSender,
    Subscriptions,
)
from certwright.services.ports.webhooks import Event, EventSender, SecretVault, Webhooks

__all__ = [
    "Accounts",
    "Answer",
    "AnsweredRequest",
    "AnsweredRequests",
    "ApprovalRequests",
    "Authorities",
    "BookChanges",
    "BookReader",
    "BookState",
    "CAAChecker",
    "CABackend",
    "CSRReader",
    "Certificates",
    "ChangeSignal",
    "ChangeWatch",
    "Changes",
    "Clock",
    "Contacts",
    "CustomFields",
    "DeliveryAttempts",
    "DomainProbe",
    "Domains",
    "DueJob",
    "Event",
    "EventSender",
    "IndexedOrder",
    "Job",
    "JobKind",
    "Jobs",
    "Ledger",
    "Mailer",
    "Message",
    "Notes",
    "Notice",
    "NoticeSender",
    "NumberKind",
    "OCSPQuestion",
    "OrderCounts",
    "OrderFigures",
    "OrderSearch",
    "Orders",
    "Organizations",
    "RevocationSigner",
    "SecretVault",
    "SettledJob",
    "StatedPage",
    "Store",
    "Subscriptions",
    "TouchedOrders",
    "UnitOfWork",
    "Validations",
    "Webhooks",
]
