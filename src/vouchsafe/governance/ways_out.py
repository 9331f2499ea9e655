"""Every way by which something can leave an installation, in one table: to whom, what, and what the register must say.

Whoever adds a way adds a row here; `tests/architecture/test_door.py` finds a module that opens connections and stands
in no row, and a row whose module opens none.
"""

from dataclasses import dataclass
from enum import StrEnum

from vouchsafe.domain.agreement import Call, DataClass, Feature, Service


class Without(StrEnum):
    """What happens where the register has no row in force."""

    REFUSED = "refused"
    """The call is not made; the case goes on without it."""
    HELD = "held"
    """It waits in the outbox, and leaves by itself once there is a row."""
    LEAVES = "leaves"
    """It leaves all the same, and `doctor` and the screen are red until there is a row."""
    NEEDS_NONE = "needs none"
    """Nothing of anybody's goes there, or it never goes beyond this machine."""


@dataclass(frozen=True, slots=True)
class WayOut:
    """One way out. `opened_by`: the modules and folders, below the package, that open its connections.

    `service` and `feature` are what the register is asked for, None where it is not asked; `why` is why `without` is
    what it is.
    """

    name: str
    service: Service | None
    feature: Feature | None
    data: frozenset[DataClass]
    without: Without
    opened_by: tuple[str, ...]
    why: str

    def call(self, endpoint: str, region: str = "", model: str = "") -> Call:
        """What the register is asked before this way is used. Raises: ValueError for a way that needs no row."""
        if self.service is None or self.feature is None:
            raise ValueError("this way out needs no row")
        return Call(self.service, endpoint, region, self.feature, self.data, model)


MODEL = WayOut(
    "drafts by a language model",
    Service.MODEL,
    Feature.MESSAGES,
    frozenset({DataClass.REDACTED}),
    Without.REFUSED,
    ("plugins/wires",),
    "the local draft stands without it",
)
MAIL = WayOut(
    "replies and notices by mail",
    Service.MAIL_RELAY,
    Feature.SEND,
    # An employees' desk too: anybody may write to it, and the register cannot know who.
    frozenset({DataClass.IDENTIFIED}),
    Without.HELD,
    ("plugins/channels/email/send.py",),
    "whoever relays patients' mail is a business associate (45 CFR 160.103), and a mail that waits is not lost",
)
PAGES = WayOut(
    "pages to staff by mail",
    Service.MAIL_RELAY,
    Feature.PAGE,
    frozenset({DataClass.NONE}),
    Without.LEAVES,
    ("plugins/channels/email/page.py",),
    "a page says where to look and not a word of anybody; one that waits for a paper could cost a life",
)
DATABASE = WayOut(
    "rows on the operator's own database server",
    Service.STORAGE,
    Feature.STORE,
    # Sealed words are PHI all the same, whoever holds the key.
    frozenset({DataClass.IDENTIFIED}),
    Without.LEAVES,
    ("store", "web/live.py", "worker/loops.py"),
    "the register itself stands there, so that it cannot be asked first",
)
PAGES_READ_IN = WayOut(
    "websites and services that knowledge is read from",
    None,
    None,
    frozenset(),
    Without.NEEDS_NONE,
    ("plugins/knowledge/website",),
    "they are asked for pages; nothing that anybody wrote goes there",
)
DEMO = WayOut(
    "the demo's own messages",
    None,
    None,
    frozenset(),
    Without.NEEDS_NONE,
    ("cli/demo.py", "cli/demo_traffic.py"),
    "invented people write to this machine itself",
)

WAYS_OUT: tuple[WayOut, ...] = (MODEL, MAIL, PAGES, DATABASE, PAGES_READ_IN, DEMO)
"""All of them. Spans and figures go where an operator's own SDK sends them (`cli/telemetry.py` starts it and opens
nothing); they hold ids and counts."""
