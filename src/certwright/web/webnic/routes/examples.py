"""One example of each body and answer for the API's description, as values of the schemas themselves."""

from __future__ import annotations

from certwright.web.webnic.schemas.account import Amount, BalanceAnswer, TokenAnswer, TokenRequest
from certwright.web.webnic.schemas.contacts import ContactAnswer, ContactDetails, CreateContactRequest
from certwright.web.webnic.schemas.csrs import (
    DecodeCSRAnswer,
    DecodeCSRRequest,
    GenerateCSRAnswer,
    GenerateCSRRequest,
)
from certwright.web.webnic.schemas.orders import (
    OrderInfo,
    OriginalOrder,
    PlaceOrderRequest,
    ReissueOrderRequest,
    RenewOrderAnswer,
    RenewOrderRequest,
)
from certwright.web.webnic.schemas.organizations import (
    CreateOrganizationRequest,
    OrganizationAnswer,
    OrganizationContact,
    OrganizationSearchAnswer,
    OrganizationSearchRequest,
    OrganizationStatus,
    OrganizationValidation,
    SubmitOrganizationRequest,
)
from certwright.web.webnic.schemas.products import (
    Bundle,
    ListedProduct,
    PriceAnswer,
    PriceBreakdown,
    PricedProduct,
    ProductRules,
    ProductRulesAnswer,
)
from certwright.web.webnic.schemas.proofs import (
    Approver,
    ChangeApproverRequest,
    ChangeAuthRequest,
    DCVStatusAnswer,
    NameAuth,
    OrderAuth,
)
from certwright.web.webnic.schemas.search import (
    Pagination,
    SearchAnswer,
    SearchFilter,
    SearchItem,
    SearchRequest,
)
from certwright.web.webnic.schemas.statistics import MonthStatistics, ProductCount, StatisticsAnswer

ORDER_ID = "2000100001"
_NAME = "shop.example.com"
_CSR = "-----BEGIN CERTIFICATE REQUEST-----\n…\n-----END CERTIFICATE REQUEST-----\n"
_KEY = "-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----\n"  # gitleaks:allow
_PLACED_AT = "2026-11-22T20:00:00+08:00"
_ENDS_AT = "2027-11-22T20:00:00+08:00"
_RANDOM_VALUE = "4n8q2kx0v7m1c5z9b3j6h0g8f2d4s7a1"

TOKEN_REQUEST = TokenRequest(username="api-1001", password="the password of the user")  # noqa: S106
TOKEN = TokenAnswer(access_token="9X2K7Q…", expires_in=3600)  # noqa: S106
BALANCE = BalanceAnswer(balance=[Amount(amount=791.1, currency="USD")])

GENERATE_CSR_REQUEST = GenerateCSRRequest(common_name=_NAME, key_size=256, sanfield=["www.example.com"])
GENERATED_CSR = GenerateCSRAnswer(csr=_CSR, private_key=_KEY)
DECODE_CSR_REQUEST = DecodeCSRRequest(csr=_CSR)
DECODED_CSR = DecodeCSRAnswer(
    common_name=_NAME,
    organization="",
    organization_unit="",
    locality="",
    state="",
    country_code="",
    email="",
    key_type="EC",
    key_size=256,
    signature_algorithm="ecdsa-with-SHA256",
    signature_valid=True,
    sanfield=[_NAME, "www.example.com"],
)

_PERSON = ContactDetails(
    company="Example Sdn. Bhd.",
    first_name="Siti",
    last_name="Aminah",
    address1="1 Jalan Example",
    address2="",
    city="Kuala Lumpur",
    state="Wilayah Persekutuan",
    country_code="MY",
    zip="50450",
    phone_number="+60.312345678",
    fax_number=None,
    email="siti@example.com",
)
CREATE_CONTACT_REQUEST = CreateContactRequest(administrator=_PERSON)
CONTACT = ContactAnswer(
    contact_id="WNC1", resid=1, details=_PERSON, contact_type="administrator", dtcreate=_PLACED_AT
)

ORGANIZATION_CONTACT = OrganizationContact(
    first_name="Siti",
    last_name="Aminah",
    job_title="Head of IT",
    email="siti@example.com",
    phone_number="+60.312345678",
)
CREATE_ORGANIZATION_REQUEST = CreateOrganizationRequest(
    name="Example Sdn. Bhd.",
    registration_number="202601000001",
    phone_number="+60.312345678",
    address1="1 Jalan Example",
    city="Kuala Lumpur",
    state="Wilayah Persekutuan",
    zip="50450",
    country_code="MY",
    contact=ORGANIZATION_CONTACT,
)
_VALIDATION = OrganizationValidation(
    type="OV", status="pending", dtsubmit=_PLACED_AT, dtexpire=None, reason=""
)
ORGANIZATION = OrganizationAnswer(
    organization_id="1",
    name="Example Sdn. Bhd.",
    assumed_name="",
    registration_number="202601000001",
    phone_number="+60.312345678",
    address1="1 Jalan Example",
    address2="",
    city="Kuala Lumpur",
    state="Wilayah Persekutuan",
    zip="50450",
    country_code="MY",
    contact=ORGANIZATION_CONTACT,
    status="pending",
    validations=[_VALIDATION],
    dtcreate=_PLACED_AT,
)
ORGANIZATION_SEARCH_REQUEST = OrganizationSearchRequest(
    filters=[SearchFilter(field="name", operator="LIKE", value="example")],
    pagination=Pagination(page=1, page_size=10),
)
ORGANIZATION_PAGE = OrganizationSearchAnswer(page_size=10, total_pages=1, total_items=1, items=[ORGANIZATION])
SUBMIT_ORGANIZATION_REQUEST = SubmitOrganizationRequest(validation_type="OV")
ORGANIZATION_STATUS = OrganizationStatus(organization_id="1", status="pending", validations=[_VALIDATION])

_NAME_AUTH = NameAuth(
    name=_NAME,
    auth_type="dns",
    value=_RANDOM_VALUE,
    record_type="TXT",
    host=f"_dnsauth.{_NAME}",
    validated=False,
    reason="Nobody has looked yet",
    next_step="Publish the random value, or answer the e-mail",
)
ORDER_AUTH = OrderAuth(
    order_id=ORDER_ID,
    common_name=_NAME_AUTH,
    san=[],
    auth_type="dns",
    dns_name=f"_dnsauth.{_NAME}",
    dns_value=_RANDOM_VALUE,
    dns_type="TXT",
)
DCV_STATUS = DCVStatusAnswer(
    order_id=ORDER_ID, order_status="pending", cert_status="initial", domains=[_NAME_AUTH]
)
CHANGE_AUTH_REQUEST = ChangeAuthRequest(auth_type="email", approver_email="admin@example.com")
CHANGE_APPROVER_REQUEST = ChangeApproverRequest(
    approver_email=[Approver(domain=_NAME, email="admin@example.com")]
)

PLACE_ORDER_REQUEST = PlaceOrderRequest(
    product_key="ssl123",
    term=1,
    csr=_CSR,
    administrator_contact_id="WNC1",
    auth_type="dns",
    sanfield=["www.example.com"],
)
RENEW_ORDER_REQUEST = RenewOrderRequest(term=1)
RENEWED_ORDER = RenewOrderAnswer(renew_order=ORDER_AUTH, original_order=OriginalOrder(order_id="2000099999"))
REISSUE_ORDER_REQUEST = ReissueOrderRequest(csr=_CSR, sanfield=["www.example.com", "pay.example.com"])
ORDER_INFO = OrderInfo(
    order_id=ORDER_ID,
    common_name=_NAME,
    term=1,
    order_status="pending",
    cert_status="initial",
    product="SSL123",
    dtcreate=_PLACED_AT,
    dtorderexpire=_ENDS_AT,
    dtcertexpire=None,
    dtsettle=None,
    dtmodify=_PLACED_AT,
    email="siti@example.com",
    company="Example Sdn. Bhd.",
    resid="1",
    sanfield=["www.example.com"],
    auth_type="dns",
    renewal=False,
    reissue=False,
    cancel=True,
    admid="WNC1",
    tecid="WNC1",
    special_instruction="",
    remarks="Waits for proof of control of its names",
    product_key="ssl123",
    organization_id=None,
    renewal_of=None,
    renewed_by=None,
)
SEARCH_REQUEST = SearchRequest(
    filters=[SearchFilter(field="commonName", operator="LIKE", value="example.com")],
    pagination=Pagination(page=1, page_size=3),
)
SEARCH_PAGE = SearchAnswer(
    page_size=3,
    total_pages=1,
    total_items=1,
    items=[
        SearchItem(
            order_id=ORDER_ID,
            common_name=_NAME,
            term=1,
            order_status="pending",
            cert_status="initial",
            product="SSL123",
            dtcreate=_PLACED_AT,
            dtorderexpire=_ENDS_AT,
            email="siti@example.com",
            company="Example Sdn. Bhd.",
        )
    ],
)
STATISTICS = StatisticsAnswer(
    total=3,
    total_initial=0,
    total_pending=1,
    total_in_process=0,
    total_processed=0,
    total_completed=2,
    total_pending_reissue=0,
    total_rejected=0,
    total_cancelled=0,
    total_refunded=0,
    total_revoked=0,
    total_expired=0,
    total_active=2,
    total_expiring=0,
    total_expiring30=0,
    total_expiring60=1,
    total_expiring90=1,
    products=[ProductCount(product_key="ssl123", product="SSL123", total=3)],
)
MONTH = MonthStatistics(month="2026-11", total=3, order_statuses={"completed": 2, "pending": 1})

PRODUCT = ListedProduct(
    product_key="ssl123",
    product_name="SSL123",
    provider="Thawte",
    validation_type="DV",
    wildcard=False,
    allow_san=True,
    allow_wsan=True,
    bundle=Bundle(san=0, w_san=0),
    max_san=24,
    terms=["1", "2"],
    auth_types=["dns", "file", "email"],
)
PRICED_PRODUCT = PricedProduct(
    product_key="ssl123",
    product_name="SSL123",
    provider="Thawte",
    price=10.0,
    wildcard=False,
    allow_san=True,
    allow_wsan=True,
    cert_type="DV",
)
PRODUCT_RULES = ProductRulesAnswer(
    product_key="ssl123",
    rules=ProductRules(
        terms=["1", "2"],
        min_san=0,
        max_san=24,
        wildcard=False,
        allow_san=True,
        allow_wsan=True,
        auth_types=["dns", "file", "email"],
        require_organization=False,
        refund_days=30,
        renewal_days_before_expiry=90,
        keep_remaining_days=True,
        revoke_days_after_reissue=None,
    ),
)
PRICE = PriceAnswer(
    price=50.0,
    currency="USD",
    term=1,
    term_type="year",
    price_breakdown=PriceBreakdown(base_cert_price=10.0, common_san_price=20.0, wildcard_san_price=20.0),
)
