"""The positive scope of the shipped desks: what the AI may answer or route, and how far it may go with each (R54)."""

from vouchsafe.domain.pack import Mode, Pack
from vouchsafe.governance.packs import SHIPPED, load_pack

_FAR = {
    Mode.OFF: "a person, without a draft",
    Mode.SHADOW: "a person; the draft is on record and hidden",
    Mode.COPILOT: "a person, who sees the draft",
    Mode.AUTO: "answered alone, where no rule holds it",
}
_HEAD = """# What the AI may answer or route

Generated from the shipped policy packs; a test keeps this page equal to them. A message that is not positively
recognised as one of these goes to a person, and so does any in which a rule fired ([rules](rules.md)). The desk's own
mode caps each of them: `init` begins in `shadow`. We route and hold; nothing here judges how urgent a message is
(R198).
"""


def scope_reference() -> str:
    """The page `docs/reference/scope.md`."""
    return _HEAD + "".join(_desk(load_pack(name=name)) for name in SHIPPED)


def _desk(pack: Pack) -> str:
    titles = {queue.name: queue.title for queue in pack.queues}
    rows = "".join(
        f"| `{one.name}` | {one.title} | `{one.mode.value}`: {_FAR[one.mode]} | {titles[one.queue]} |\n"
        for one in sorted(pack.intents, key=lambda one: one.name)
    )
    return f"\n## {pack.title}\n\n| intent | about | how far | else to |\n|---|---|---|---|\n{rows}"
