"""The policy pack that `--desk` of a batch command names, and what the commands about desks say of one."""

from collections.abc import Mapping
from pathlib import Path

from vouchsafe.app import App
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.pack import Pack
from vouchsafe.governance.packs import SHIPPED, load_pack


def pack_of(desk: str | None) -> Pack:
    """The pack that `--desk` names. Raises: PackRefused."""
    if desk is None or (desk in SHIPPED and not Path(desk).exists()):
        return load_pack(name=desk or SHIPPED[0])
    return load_pack(Path(desk))


HOW_TO_FREE = (
    "give the intent examples that say what it is about, and the words it must not take as counter_examples; or set "
    "its mode to copilot, which is what it has now"
)
"""What to do about an intent that is held to copilot."""


def held_to_copilot(opened: App, pack: Pack) -> list[str]:
    """A sentence for each intent that the pack has in auto and that never answers alone; one where nobody can tell."""
    try:
        return held(opened.near_risk(pack))
    except VouchsafeError as refused:
        return [f"which intents are held to copilot cannot be said: {refused}"]


def held(intents: Mapping[str, str]) -> list[str]:
    """A sentence for each intent that is held to copilot, from the words of the risky example it lets through."""
    return [
        f'intent {name} is held to copilot: its examples would let a message like "{risky}" through'
        for name, risky in sorted(intents.items())
    ]
