"""The wire to a service outside: one HTTPS request at a time, to the place that the permit names."""

from vouchsafe.plugins.wires.https.wire import HttpsWire

__all__ = ["HttpsWire"]
