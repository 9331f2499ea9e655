"""The policy pack that `--desk` of a batch command names."""

from pathlib import Path

from vouchsafe.domain.pack import Pack
from vouchsafe.governance.packs import SHIPPED, load_pack


def pack_of(desk: str | None) -> Pack:
    """The pack that `--desk` names. Raises: PackRefused."""
    if desk is None or (desk in SHIPPED and not Path(desk).exists()):
        return load_pack(name=desk or SHIPPED[0])
    return load_pack(Path(desk))
