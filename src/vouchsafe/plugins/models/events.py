"""Server-sent events as they come in parts (HTML standard, section 9.2), in what providers of models use of them."""

from dataclasses import dataclass

from vouchsafe.ports.model import Malformed


@dataclass(frozen=True, slots=True, repr=False)
class ServerEvent:
    """One event. `name` is empty where the provider gave none."""

    name: str
    data: str


class ServerEvents:
    """Puts events together from bytes that may break off anywhere; an event counts once its empty line is there."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._name = ""
        self._data: list[str] = []

    def take(self, part: bytes) -> list[ServerEvent]:
        """The events that these bytes complete, in order. Raises: Malformed for what is no text."""
        found: list[ServerEvent] = []
        start, looked = 0, len(self._rest)
        self._rest += part
        # Looked for in the new bytes alone, so that a line which drips in costs no more than its length.
        while (end := self._rest.find(b"\n", max(start, looked))) >= 0:
            self._line(bytes(self._rest[start:end]).removesuffix(b"\r"), found)
            start = end + 1
        del self._rest[:start]
        return found

    def _line(self, raw: bytes, found: list[ServerEvent]) -> None:
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("the stream is not text") from None
        if not line:
            if self._data:
                found.append(ServerEvent(self._name, "\n".join(self._data)))
            self._name, self._data = "", []
            return
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
