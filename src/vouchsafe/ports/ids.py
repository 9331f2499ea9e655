"""Identifiers and secrets come in from outside, so that a simulation can be replayed from its seed."""

import secrets
import threading
from typing import Protocol
from uuid import UUID

from vouchsafe.ports.clock import Clock


class Ids(Protocol):
    """Makes identifiers."""

    def new(self) -> UUID:
        """A fresh version 7 UUID, later ones sort after earlier ones of the same process."""
        ...

    def secret(self) -> str:
        """192 bits of randomness as URL-safe text, for tokens and links."""
        ...


class RandomIds:
    """Version 7 UUIDs of the clock's millisecond and fresh randomness (RFC 9562, section 5.7)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last_ms = 0
        self._counter = 0

    def new(self) -> UUID:
        """A fresh version 7 UUID; the 12 bits after the version count up within a millisecond."""
        with self._lock:
            ms = max(int(self._clock.now().timestamp() * 1000), self._last_ms)
            if ms == self._last_ms:
                self._counter += 1
                if self._counter > 0xFFF:
                    ms, self._counter = ms + 1, 0
            else:
                self._counter = 0
            self._last_ms = ms
            counter = self._counter
        tail = secrets.randbits(62)
        return UUID(int=(ms & (1 << 48) - 1) << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | tail)

    def secret(self) -> str:
        """192 bits of randomness as URL-safe text."""
        return secrets.token_urlsafe(24)
