"""The keys of the workbench: one list, shown by `?`, printed on the buttons, read by the script."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """A key, the act it stands for (also the `data-act` of its button), and what it does."""

    key: str
    act: str
    says: str


KEYS = (
    Key("j", "next", "Next case"),
    Key("k", "previous", "Previous case"),
    Key("a", "approve", "Approve the reply"),
    Key("e", "edit", "Edit the reply"),
    Key("r", "refuse", "Refuse the draft"),
    Key("t", "take", "Take the conversation over"),
    Key("g", "give-back", "Give the conversation back"),
    Key("h", "hand-over", "Hand the case to a queue"),
    Key("c", "close", "Close without a reply"),
    Key("m", "acknowledge", "Acknowledge the alarm"),
    Key("x", "clear", "Clear a clinical finding"),
    Key("o", "reveal", "Reveal what was taken out"),
    Key("d", "decision", "Open the decision page"),
    Key(".", "why", "Why is it here?"),
    Key("/", "search", "Search"),
    Key("Ctrl K", "palette", "Find a command"),
    Key("?", "help", "Show these keys"),
    Key("Escape", "escape", "Leave a field, close a panel"),
)


_BY_ACT = {one.act: one.key for one in KEYS}


def key_of(act: str) -> str:
    """The key printed on the button of an act. Raises: KeyError for an act without one."""
    return _BY_ACT[act]
