"""Every member of a zip unpacked once, on several threads, within bounded memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from layerwright.errors import IntegrityError
from layerwright.wheels.inflate import LARGE_BYTES, Archive, open_member
from layerwright.wheels.zip_directory import ZipMember

MemberBytes = bytes | bytearray | memoryview

_MOST_IN_FLIGHT_BYTES: Final = 2 * LARGE_BYTES


def visit_members(
    archive: Archive,
    members: Iterable[ZipMember],
    visit: Callable[[ZipMember, MemberBytes], None],
    *,
    workers: int = 2,
    refused: Callable[[ZipMember, IntegrityError], None] | None = None,
) -> None:
    """Call ``visit`` with each member and its bytes, which are good during the call only; from several threads.

    A member whose bytes are not as the archive declares them is told to ``refused``, and the others are gone on with; without
    ``refused`` the first such IntegrityError ends it all, as does whatever ``visit`` raises.
    """
    _Visit(archive, visit, refused).run(members, workers=workers)


class _Visit:
    """The first thread takes the largest member first, the others the smallest.

    Unpacking and hashing leave the interpreter's lock for large members only; so one thread works through the small ones
    while others are outside of it. The bytes in memory at one time are bounded.
    """

    def __init__(
        self,
        archive: Archive,
        visit: Callable[[ZipMember, MemberBytes], None],
        refused: Callable[[ZipMember, IntegrityError], None] | None,
    ) -> None:
        self._archive = archive
        self._visit = visit
        self._refused = refused
        self._waiting: deque[ZipMember] = deque()
        self._room = threading.Condition()
        self._in_flight_bytes = 0

    def run(self, members: Iterable[ZipMember], *, workers: int) -> None:
        self._waiting.extend(sorted(members, key=lambda member: member.size_bytes, reverse=True))
        others = min(workers, len(self._waiting)) - 1
        if others < 1:
            self._drain(self._waiting.popleft)
            return
        with ThreadPoolExecutor(others) as pool:
            futures = [pool.submit(self._drain, self._waiting.pop) for _ in range(others)]
            try:
                self._drain(self._waiting.popleft)
            finally:
                self._waiting.clear()  # whatever ended this thread ends the others
            for future in futures:
                future.result()

    def _drain(self, take: Callable[[], ZipMember]) -> None:
        """Visit members until there are none, or one fails."""
        while True:
            try:
                member = take()
            except IndexError:
                return
            need = min(member.size_bytes, LARGE_BYTES) + min(member.compressed_bytes, LARGE_BYTES)
            with self._room:
                while self._in_flight_bytes and self._in_flight_bytes + need > _MOST_IN_FLIGHT_BYTES:
                    self._room.wait()
                self._in_flight_bytes += need
            try:
                self._open(member)
            except BaseException:
                self._waiting.clear()
                raise
            finally:
                with self._room:
                    self._in_flight_bytes -= need
                    self._room.notify_all()

    def _open(self, member: ZipMember) -> None:
        if self._refused is None:
            with open_member(self._archive, member) as data:
                self._visit(member, data)
            return
        try:
            with open_member(self._archive, member) as data:
                self._visit(member, data)
        except IntegrityError as error:
            self._refused(member, error)
