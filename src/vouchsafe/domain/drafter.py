"""Whether a desk's drafts may come of a language model, and of which; the installation's setting stands above it."""

from dataclasses import dataclass

_LOCAL, _MODEL = "local", "model:"


@dataclass(frozen=True, slots=True)
class DeskDrafter:
    """`by_model`: the desk takes the model's drafts, where the installation asks one at all. `model`: the exact name of
    a model of its own at the installation's provider; empty for the one that is set.
    """

    by_model: bool = True
    model: str = ""

    @property
    def says(self) -> str:
        """In words."""
        if not self.by_model:
            return "no language model"
        return f"the model {self.model}" if self.model else "as the installation"

    @property
    def kept(self) -> str:
        """As it is stored; empty for the installation's own way."""
        if not self.by_model:
            return _LOCAL
        return f"{_MODEL}{self.model}" if self.model else ""


AS_SET = DeskDrafter()
LOCAL = DeskDrafter(by_model=False)


def drafter_of(kept: str) -> DeskDrafter:
    """What a stored word says. One that nobody knows means that no model is asked."""
    if not kept:
        return AS_SET
    name = kept.removeprefix(_MODEL) if kept.startswith(_MODEL) else ""
    return DeskDrafter(model=name) if name else LOCAL
