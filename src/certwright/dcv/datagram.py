"""A question of DNS in one datagram, and its answer where it is a plain one: written and read without a library.

Most look-ups of a CA find nothing (CAA records are asked for at every name, and hardly any has some), and what says so is a
few bytes. Here it takes a twentieth of the time that a full resolver takes; whatever is not plain (an answer cut short, a
failure, silence, nonsense) is left to that one.

Each question goes out with a number, and from a port, that nobody foresees, to one server, and nothing but its answer to just
this question is taken (RFC 5452 §9). Only questions that follow one another for the same purpose share a port.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dns.message

if TYPE_CHECKING:
    from typing import Self

    from dns.rdatatype import RdataType

_HEADER = struct.Struct("!HHHHHH")
_AFTER_NAME = struct.Struct("!HHIH")  # of a record: type, class, TTL, length of what follows
_MOST_BYTES = 65535
_RECURSION_DESIRED = 0x0100
_IS_ANSWER, _OPCODE_AND_TRUNCATED, _RCODE = 0x8000, 0x7A00, 0x000F
_NOERROR, _NXDOMAIN = 0, 3
_SOA, _OPT = 6, 41
_IN = 1
_MAX_LABEL, _MAX_NAME = 63, 255
_POINTER = 0xC0
_HIGHEST_TTL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Absence:
    """The answer that there are no such records; ``exists`` tells whether there is the name, for so many seconds."""

    exists: bool
    lifetime_seconds: int


@dataclass(frozen=True, slots=True)
class Presence:
    """An answer with records, as it came."""

    wire: bytes


class Line:
    """A socket with a port of its own, over which questions go to the name server at an address and port, one by one.

    To open and close one takes twice the time of a question. Use it as a context, and for one purpose, so that its port
    is gone before somebody finds it out.
    """

    def __init__(self, server: tuple[str, int], *, payload_bytes: int) -> None:
        self._server = server
        # RFC 6891 §6.1.2: the record that offers to take answers of more than 512 bytes.
        self._offer = b"\0" + _AFTER_NAME.pack(_OPT, payload_bytes, 0, 0)
        self._loop = asyncio.get_running_loop()
        self._socket: socket.socket | None = None
        self._asked: tuple[bytes, bytes, asyncio.Future[bytes]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    async def ask(self, name: str, rdtype: RdataType, *, seconds: float) -> Absence | Presence | None:
        """Ask once; ``None`` where nothing plain came back in time."""
        question = _question(name, rdtype)
        if question is None:
            return None
        number = os.urandom(2)
        query = number + struct.pack("!HHHHH", _RECURSION_DESIRED, 1, 0, 0, 1) + question + self._offer
        answer: asyncio.Future[bytes] = self._loop.create_future()
        self._asked = (number, question, answer)
        timer = self._loop.call_later(seconds, _give_up, answer)
        try:
            (self._socket or self._open()).send(query)
            return _read(await answer, len(question))
        except (OSError, struct.error, IndexError):  # a timeout is an OSError
            return None
        finally:
            timer.cancel()
            self._asked = None

    def _open(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._server[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.settimeout(0)
        self._socket.connect(self._server)
        self._loop.add_reader(self._socket, self._receive, self._socket)
        return self._socket

    def _receive(self, sock: socket.socket) -> None:
        """Take the answer to what was asked, and nothing else that claims to come from the server."""
        try:
            wire = sock.recv(_MOST_BYTES)
        except BlockingIOError:
            return
        except OSError as failure:
            if self._asked is not None and not self._asked[2].done():
                self._asked[2].set_exception(failure)
            return
        if self._asked is not None:
            number, question, answer = self._asked
            is_its = wire[:2] == number and wire[_HEADER.size : _HEADER.size + len(question)] == question
            if is_its and not answer.done():
                answer.set_result(wire)


def _give_up(answer: asyncio.Future[bytes]) -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())


def _question(name: str, rdtype: RdataType) -> bytes | None:
    """Write a question for a name without escapes; ``None`` if that can't be done."""
    labels = name.removesuffix(".").split(".")
    if not name.isascii() or "\\" in name or not all(0 < len(label) <= _MAX_LABEL for label in labels):
        return None
    wire = b"".join(bytes((len(label),)) + label.encode("ascii") for label in labels) + b"\0"
    return wire + struct.pack("!HH", rdtype, _IN) if len(wire) <= _MAX_NAME else None


def _read(wire: bytes, question_bytes: int) -> Absence | Presence | None:
    """Read a plain answer.

    Raises:
        IndexError, struct.error: it ends before its end.
    """
    _, flags, questions, answers, authorities, additions = _HEADER.unpack_from(wire)
    rcode = flags & _RCODE
    if not flags & _IS_ANSWER or flags & _OPCODE_AND_TRUNCATED or questions != 1:
        return None
    if rcode not in {_NOERROR, _NXDOMAIN}:
        return None
    if answers:
        return Presence(wire)
    at, lifetime = _HEADER.size + question_bytes, dns.message.NEGATIVE_TTL_WITHOUT_SOA
    for _ in range(authorities + additions):
        at = _skip_name(wire, at)
        rdtype, _, ttl, length = _AFTER_NAME.unpack_from(wire, at)
        at += _AFTER_NAME.size + length
        if rdtype == _OPT and ttl >> 24:  # RFC 6891 §6.1.3: the upper half of a failure's number
            return None
        if rdtype == _SOA:
            # RFC 2308 §5: the lesser of the TTL and the last field; RFC 2181 §8: one too large counts as 0.
            minimum = int.from_bytes(wire[at - 4 : at])
            lifetime = min(ttl if ttl <= _HIGHEST_TTL else 0, minimum)
    if at > len(wire):
        return None
    return Absence(exists=rcode == _NOERROR, lifetime_seconds=lifetime)


def _skip_name(wire: bytes, at: int) -> int:
    """Return where a name ends: behind its last label, or behind the pointer to the rest of it (RFC 1035 §4.1.4)."""
    while length := wire[at]:
        if length >= _POINTER:
            return at + 2
        at += 1 + length
    return at + 1
