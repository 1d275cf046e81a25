"""CAA records are judged as RFC 8659 and RFC 8657 say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certwright.dcv.caa import DNSCAAChecker
from certwright.dcv.caa_records import CAARecords
from certwright.domain.dcv import CAAResult, DCVMethod
from certwright.domain.identifier import Identifier
from tests.support.clock import FrozenClock

if TYPE_CHECKING:
    from certwright.cli.demo.challenge_servers import DNSServer
    from certwright.dcv.resolver import Resolver
    from certwright.services.ports import CAAChecker

NAME = Identifier("www.example.test")
WILDCARD = Identifier("*.example.test")
ACCOUNT = "https://ca.test/account/1"


@pytest.fixture
def checker(resolver: Resolver) -> DNSCAAChecker:
    return DNSCAAChecker(
        CAARecords(resolver, FrozenClock()), issuers=("ca.test", "Also-CA.test"), account_uri=ACCOUNT
    )


async def _check(checker: CAAChecker, identifier: Identifier = NAME) -> CAAResult:
    return await checker.check(identifier, method=DCVMethod.DNS_TXT)


OURS = '0 issue "ca.test"'
OTHER = '0 issue "other.test"'


@pytest.mark.parametrize(
    ("records", "allowed"),
    [
        # RFC 8659 §4.2: issue
        ([OURS], True),
        (['0 issue "also-ca.test"'], True),
        ([OTHER], False),
        ([OTHER, OURS], True),  # any one that fits is enough
        (['0 issue ";"'], False),
        (['0 issue ""'], False),
        (['0 issue " "'], False),
        (['0 issue ";"', OURS], True),
        (['0 issue "  ca.test  "'], True),
        (['0 issue "\tca.test\t; "'], True),
        (['0 issue "ca.test;"'], True),
        (['0 issue "CA.Test"'], True),  # domain names in any case
        (['0 ISSUE "ca.test"'], True),  # §4.1: tags in any case
        (['0 ISSUE "other.test"'], False),
        (['0 issue "sub.ca.test"'], False),
        (['0 issue "xca.test"'], False),
        (['0 issue "ca.test.other.test"'], False),
        # §4.2: a value that breaks the grammar names nobody
        (['0 issue "ca.test."'], False),
        (['0 issue "ca..test"'], False),
        (['0 issue "-ca.test"'], False),
        (['0 issue "ca.test other.test"'], False),
        (['0 issue "ca.test; %%%"'], False),
        (['0 issue "ca.test; policy"'], False),
        (['0 issue "ca.test; policy=ev;"'], False),
        ([r'0 issue "ca.test\255"'], False),
        (['0 issue "%%%"', OURS], True),
        # §4.2: parameters that mean nothing to us
        (['0 issue "ca.test; policy=ev"'], True),
        (['0 issue "ca.test; a=1; b-c=x=y ;d="'], True),
        # §4.3: issuewild is not for other names
        (['0 issuewild ";"'], True),
        (['0 issuewild "other.test"', OURS], True),
        (['0 issuewild "ca.test"', OTHER], False),
        # §4.4: iodef decides nothing
        (['0 iodef "mailto:security@example.test"'], True),
        (['128 iodef "mailto:security@example.test"'], True),
        (['0 iodef "mailto:security@example.test"', OTHER], False),
        # §4.1: unknown properties, critical or not
        (['0 tbs "Unknown"'], True),
        (['128 tbs "Unknown"'], False),
        (['128 tbs "Unknown"', OURS], False),
        (['129 tbs "Unknown"'], False),
        (['64 tbs "Unknown"'], True),
        (['1 tbs "Unknown"'], True),  # only bit 0, the highest, is the critical flag
        (['128 issue "ca.test"'], True),
        # RFC 9495 §4: issuemail is not for TLS
        (['128 issuemail ";"'], True),
    ],
)
async def test_ordinary_name(
    dns_server: DNSServer, checker: DNSCAAChecker, records: list[str], allowed: bool
) -> None:
    dns_server.publish("www.example.test", "CAA", *records)
    result = await _check(checker)
    assert (result.allowed, result.found_at) == (allowed, "www.example.test")
    assert bool(result.reason) is not allowed


@pytest.mark.parametrize(
    ("records", "allowed"),
    [
        # RFC 8659 §4.3: issuewild goes before issue
        ([OURS], True),
        ([OTHER], False),
        (['0 issuewild "ca.test"', OTHER], True),
        (['0 issuewild "other.test"', OURS], False),
        (['0 issuewild ";"', OURS], False),
        (['0 issuewild "%%%"', OURS], False),
        (['0 issuewild "other.test"', '0 issuewild "ca.test"'], True),
        (['0 iodef "mailto:security@example.test"'], True),
        (['128 tbs "Unknown"', '0 issuewild "ca.test"'], False),
    ],
)
async def test_wildcard_name(
    dns_server: DNSServer, checker: DNSCAAChecker, records: list[str], allowed: bool
) -> None:
    dns_server.publish("example.test", "CAA", *records)
    result = await _check(checker, WILDCARD)
    assert (result.allowed, result.found_at) == (allowed, "example.test")


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        # RFC 8657 §3: accounturi
        (f"ca.test; accounturi={ACCOUNT}", True),
        (f"ca.test; AccountURI={ACCOUNT}", True),
        (f"ca.test; accounturi={ACCOUNT}2", False),
        (f"ca.test; accounturi={ACCOUNT.upper()}", False),
        ("ca.test; accounturi=", False),
        (f"ca.test; accounturi={ACCOUNT}; accounturi={ACCOUNT}", False),
        # RFC 8657 §4 with the labels of BR §4.2.2.1: validationmethods
        ("ca.test; validationmethods=ca-tbr-7", True),
        ("ca.test; validationmethods=http-01,ca-tbr-7,ca-tbr-18", True),
        ("ca.test; validationmethods=ca-tbr-18", False),
        ("ca.test; validationmethods=ca-tbr-77", False),
        ("ca.test; validationmethods=dns-01", False),
        ("ca.test; validationmethods=", False),
        ("ca.test; validationmethods=ca-tbr-7; validationmethods=ca-tbr-7", False),
        (f"ca.test; validationmethods=ca-tbr-7; accounturi={ACCOUNT}", True),
        (f"ca.test; validationmethods=ca-tbr-4; accounturi={ACCOUNT}", False),
    ],
)
async def test_parameters(dns_server: DNSServer, checker: DNSCAAChecker, value: str, allowed: bool) -> None:
    dns_server.publish("www.example.test", "CAA", f'0 issue "{value}"')
    assert (await _check(checker)).allowed is allowed


@pytest.mark.parametrize(
    ("method", "label"),
    [
        (DCVMethod.EMAIL, "ca-tbr-4"),
        (DCVMethod.DNS_TXT, "ca-tbr-7"),
        (DCVMethod.DNS_CNAME, "ca-tbr-7"),
        (DCVMethod.WEBSITE, "ca-tbr-18"),
    ],
)
async def test_every_method_has_its_label(
    dns_server: DNSServer, checker: DNSCAAChecker, method: DCVMethod, label: str
) -> None:
    dns_server.publish("www.example.test", "CAA", f'0 issue "ca.test; validationmethods={label}"')
    assert (await checker.check(NAME, method=method)).allowed


async def test_account_is_never_ours_when_we_have_none(dns_server: DNSServer, resolver: Resolver) -> None:
    checker = DNSCAAChecker(CAARecords(resolver, FrozenClock()), issuers=("ca.test",))
    dns_server.publish("www.example.test", "CAA", f'0 issue "ca.test; accounturi={ACCOUNT}"')
    assert not (await _check(checker)).allowed


async def test_ca_without_a_name_is_refused_by_any_record(dns_server: DNSServer, resolver: Resolver) -> None:
    dns_server.publish("www.example.test", "CAA", '0 issue ";"')
    result = await _check(DNSCAAChecker(CAARecords(resolver, FrozenClock()), issuers=()))
    assert not result.allowed
    assert "Publish" not in result.reason


async def test_tree_is_climbed_to_the_top_level_domain(dns_server: DNSServer, checker: DNSCAAChecker) -> None:
    """RFC 8659 §3."""
    assert await _check(checker) == CAAResult(allowed=True)
    assert list(dns_server.queries) == [
        ("www.example.test", "CAA"),
        ("example.test", "CAA"),
        ("test", "CAA"),
    ]
    dns_server.publish("test", "CAA", OTHER)
    assert (await _check(checker)).found_at == "test"


async def test_nearest_record_set_decides(dns_server: DNSServer, checker: DNSCAAChecker) -> None:
    dns_server.publish("www.example.test", "CAA", OURS)
    dns_server.publish("example.test", "CAA", OTHER)
    assert (await _check(checker)).allowed
    assert ("example.test", "CAA") not in dns_server.queries


async def test_records_at_the_wildcard_label_are_not_read(
    dns_server: DNSServer, checker: DNSCAAChecker
) -> None:
    dns_server.publish("*.example.test", "CAA", OTHER)
    assert (await _check(checker, WILDCARD)).allowed


async def test_alias_lends_its_records(dns_server: DNSServer, checker: DNSCAAChecker) -> None:
    """RFC 8659 §3: the records of an alias' target count as the name's own."""
    dns_server.publish("www.example.test", "CNAME", "host.cdn.test.")
    dns_server.publish("host.cdn.test", "CAA", OTHER)
    dns_server.publish("example.test", "CAA", OURS)
    assert (await _check(checker)).found_at == "www.example.test"


async def test_parents_of_an_alias_target_are_not_climbed(
    dns_server: DNSServer, checker: DNSCAAChecker
) -> None:
    """RFC 8659 §3, unlike RFC 6844."""
    dns_server.publish("www.example.test", "CNAME", "host.cdn.test.")
    dns_server.publish("cdn.test", "CAA", OTHER)
    dns_server.publish("host.cdn.test", "A", "192.0.2.1")
    assert (await _check(checker)).allowed


@pytest.mark.parametrize("failing", ["www.example.test", "example.test", "test"])
async def test_failed_look_up_refuses(dns_server: DNSServer, checker: DNSCAAChecker, failing: str) -> None:
    dns_server.fail(failing, "CAA")
    result = await _check(checker)
    assert (result.allowed, result.found_at) == (False, None)
    assert f"the look-up of CAA at {failing} failed (SERVFAIL)" in result.reason


async def test_every_check_asks_again(dns_server: DNSServer, checker: DNSCAAChecker) -> None:
    dns_server.publish("example.test", "CAA", OTHER)
    assert not (await _check(checker)).allowed
    dns_server.publish("example.test", "CAA", OURS)
    assert (await _check(checker)).allowed


async def test_a_person_learns_why_and_what_to_publish(dns_server: DNSServer, checker: DNSCAAChecker) -> None:
    dns_server.publish("example.test", "CAA", OTHER)
    assert (await _check(checker)).reason == (
        'The CAA records at example.test do not let this CA issue: issue "other.test" names another CA. '
        'Publish CAA 0 issue "ca.test" at example.test as well'
    )
    dns_server.publish("example.test", "CAA", '128 tbs "x"')
    assert (await _check(checker)).reason == (
        'The CAA record at example.test has the critical property "tbs", which this CA does not know'
    )
