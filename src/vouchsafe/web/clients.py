"""Whose request it is, as far as limits go: one network address, and how often it came lately."""

from collections import deque
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from threading import Lock

from prometheus_client import Counter as Figure
from starlette.requests import Request

REFUSED_POSTS = Figure(
    "vouchsafe_refused_posts_total", "Messages of patients asked to wait: too many from one network", ["door", "desk"]
)
"""Doors are `form` and `chat`. The owner is told that posts were refused (`web/patients.py`), and here how many."""

_KEPT = 20_000
"""Names remembered at once; above it those that have been quiet longest are forgotten first."""
_OF_ONE_HOUSEHOLD = 64
"""Bits of an IPv6 address that one customer of a network shares; counting single addresses would count nothing."""


def network_of(request: Request) -> str:
    """The client's address; of an IPv6 address the part that one household or office shares."""
    host = request.client.host if request.client else ""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(IPv6Address(int(found) >> _OF_ONE_HOUSEHOLD << _OF_ONE_HOUSEHOLD))
    return str(found)


class Counter:
    """At most `most` times in `within` for each name, in this process."""

    def __init__(self, most: int, within: timedelta) -> None:
        self._most, self._within = most, within
        self._lock = Lock()
        self._times: dict[str, deque[datetime]] = {}

    def allows(self, name: str, now: datetime) -> bool:
        """Whether one more would be counted."""
        with self._lock:
            return len(self._lately(name, now)) < self._most

    def take(self, name: str, now: datetime) -> bool:
        """Count one more; False, and not counted, where there were too many lately."""
        with self._lock:
            times = self._lately(name, now)
            allowed = len(times) < self._most
            if allowed:
                times.append(now)
            while len(self._times) > _KEPT:
                del self._times[next(iter(self._times))]
            return allowed

    def give_back(self, name: str) -> None:
        """The last one does not count after all."""
        with self._lock:
            times = self._times.get(name)
            if times:
                times.pop()

    def _lately(self, name: str, now: datetime) -> deque[datetime]:
        # Taken out and put back at the end, so that the order is that of the last use.
        times = self._times.pop(name, None) or deque()
        while times and now - times[0] >= self._within:
            times.popleft()
        self._times[name] = times
        return times
