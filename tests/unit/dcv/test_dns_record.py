"""A value in DNS is found where it may stand, and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.dcv.dns_record import CNAMEProbe, TXTProbe
from certwright.dcv.resolver import Answer, Resolver
from certwright.domain.dcv import DCVMethod, Probe

if TYPE_CHECKING:
    from certwright.cli.demo.challenge_servers import DNSServer

VALUE = "k3vx0q9w8e7r6t5y4u3i2o1p0a9s8d7f"
TARGET = "dcv.certwright.test"


def _probe(method: DCVMethod) -> Probe:
    candidates = ("www.example.test", "example.test")
    return Probe(method=method, domain="www.example.test", candidates=candidates, random_value=VALUE)


TXT = _probe(DCVMethod.DNS_TXT)
CNAME = _probe(DCVMethod.DNS_CNAME)


@pytest.fixture
def txt(resolver: Resolver) -> TXTProbe:
    return TXTProbe(resolver)


@pytest.fixture
def cname(resolver: Resolver) -> CNAMEProbe:
    return CNAMEProbe(resolver, target=TARGET)


@pytest.mark.parametrize(
    ("name", "proved"),
    [
        ("_dnsauth.www.example.test", "www.example.test"),
        ("www.example.test", "www.example.test"),
        ("_dnsauth.example.test", "example.test"),
        ("example.test", "example.test"),
    ],
)
async def test_text_is_found_at_every_place(
    dns_server: DNSServer, txt: TXTProbe, name: str, proved: str
) -> None:
    dns_server.publish(name, "TXT", '"v=spf1 -all"', f'"{VALUE}"')
    assert (await txt.look(TXT)).proved_domain == proved


async def test_places_are_looked_at_longest_name_first(dns_server: DNSServer, txt: TXTProbe) -> None:
    await txt.look(TXT)
    assert list(dns_server.queries) == [
        ("_dnsauth.www.example.test", "TXT"),
        ("www.example.test", "TXT"),
        ("_dnsauth.example.test", "TXT"),
        ("example.test", "TXT"),
    ]


async def test_text_is_found_in_split_strings_and_between_other_words(
    dns_server: DNSServer, txt: TXTProbe
) -> None:
    dns_server.publish("example.test", "TXT", f'"token=\\"{VALUE[:9]}" "{VALUE[9:]}\\" "')
    assert (await txt.look(TXT)).is_proved


async def test_text_is_found_through_an_alias(dns_server: DNSServer, txt: TXTProbe) -> None:
    dns_server.publish("_dnsauth.example.test", "CNAME", "proofs.other.test.")
    dns_server.publish("proofs.other.test", "TXT", f'"{VALUE}"')
    assert (await txt.look(TXT)).proved_domain == "example.test"


@pytest.mark.parametrize("text", [r"\255\254\000", VALUE[:-1], VALUE.upper(), ""])
async def test_other_text_is_no_proof(dns_server: DNSServer, txt: TXTProbe, text: str) -> None:
    dns_server.publish("example.test", "TXT", f'"{text}"')
    assert not (await txt.look(TXT)).is_proved


async def test_text_of_another_name_is_no_proof(dns_server: DNSServer, txt: TXTProbe) -> None:
    dns_server.publish("test", "TXT", f'"{VALUE}"')
    dns_server.publish("mail.example.test", "TXT", f'"{VALUE}"')
    assert not (await txt.look(TXT)).is_proved


async def test_a_person_learns_what_was_seen_and_what_to_publish(
    dns_server: DNSServer, txt: TXTProbe
) -> None:
    dns_server.publish("_dnsauth.www.example.test", "TXT", r'"old\255"')
    dns_server.fail("_dnsauth.example.test")
    dns_server.publish("example.test", "A", "192.0.2.1")
    result = await txt.look(TXT)
    assert result.reason == (
        r'The value was not found in DNS: _dnsauth.www.example.test has TXT "old\xff"; '
        "www.example.test has no TXT record; "
        "the look-up of TXT at _dnsauth.example.test failed (SERVFAIL); example.test has no TXT record"
    )
    assert result.next_step == (
        f"Publish a TXT record at _dnsauth.www.example.test with the text {VALUE}, "
        "then have the name checked again"
    )


async def test_failed_look_up_does_not_hide_a_proof_elsewhere(dns_server: DNSServer, txt: TXTProbe) -> None:
    dns_server.fail("_dnsauth.www.example.test")
    dns_server.publish("www.example.test", "TXT", f'"{VALUE}"')
    assert (await txt.look(TXT)).is_proved


async def test_search_ends_in_time() -> None:
    class SlowResolver(Resolver):
        async def find_texts(self, name: str) -> Answer[bytes]:
            raise TimeoutError

    result = await TXTProbe(SlowResolver(["192.0.2.1"]), time_limit=timedelta(seconds=1)).look(TXT)
    assert result.reason == "The value was not found in DNS: there was no time left to look further"


@pytest.mark.parametrize("target", [f"{VALUE}.{TARGET}.", f"{VALUE.upper()}.DCV.Certwright.TEST."])
async def test_alias_to_the_target_is_proof(dns_server: DNSServer, cname: CNAMEProbe, target: str) -> None:
    dns_server.publish("_dnsauth.www.example.test", "CNAME", target)
    assert (await cname.look(CNAME)).proved_domain == "www.example.test"


async def test_alias_at_a_parent_proves_the_parent(dns_server: DNSServer, cname: CNAMEProbe) -> None:
    dns_server.publish("_dnsauth.example.test", "CNAME", f"{VALUE}.{TARGET}.")
    assert (await cname.look(CNAME)).proved_domain == "example.test"


async def test_target_may_be_given_with_its_root_dot(dns_server: DNSServer, resolver: Resolver) -> None:
    dns_server.publish("_dnsauth.example.test", "CNAME", f"{VALUE}.{TARGET}.")
    assert (await CNAMEProbe(resolver, target="DCV.certwright.test.").look(CNAME)).is_proved


@pytest.mark.parametrize(
    "target",
    [
        f"{VALUE}.{TARGET}.attacker.test.",  # the suffix attack
        f"x.{VALUE}.{TARGET}.",
        f"x{VALUE}.{TARGET}.",
        f"{TARGET}.",
        f"{VALUE}.other.test.",
    ],
)
async def test_other_alias_is_no_proof(dns_server: DNSServer, cname: CNAMEProbe, target: str) -> None:
    dns_server.publish("_dnsauth.www.example.test", "CNAME", target)
    result = await cname.look(CNAME)
    assert not result.is_proved
    assert f'_dnsauth.www.example.test has CNAME "{target}"' in result.reason
    assert (
        f"CNAME record at _dnsauth.www.example.test that points to {VALUE}.{TARGET}, then" in result.next_step
    )


async def test_alias_without_the_underscore_label_is_no_proof(
    dns_server: DNSServer, cname: CNAMEProbe
) -> None:
    dns_server.publish("www.example.test", "CNAME", f"{VALUE}.{TARGET}.")
    assert not (await cname.look(CNAME)).is_proved


async def test_alias_behind_an_alias_is_no_proof(dns_server: DNSServer, cname: CNAMEProbe) -> None:
    """The record itself must name the value; what else points there is of no interest."""
    dns_server.publish("_dnsauth.example.test", "CNAME", "proofs.other.test.")
    dns_server.publish("proofs.other.test", "CNAME", f"{VALUE}.{TARGET}.")
    assert not (await cname.look(CNAME)).is_proved
