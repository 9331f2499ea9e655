"""Prompts: versioned files of ours, each with the hash under which it was published. A changed file is not used.

A new wording is a new file with a new name and a row in `data/prompts/manifest.json`; a published one stays as it is,
so that the reference in an old draft's events can be held against it.
"""

import hashlib
import json
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.prompt import Template


class PromptChanged(VouchsafeError):
    """A prompt is missing, or is not the one that was published; no model is asked with it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the prompt {name} is not the one that was published under this name; put the shipped file back, "
            "or publish the new wording under a new name"
        )


@cache
def drafting() -> Template:
    """The instructions for drafting an answer that are in force. Raises: PromptChanged."""
    return read(_shipped(), json.loads(_shipped().joinpath("manifest.json").read_bytes())["drafting"])


def read(folder: Traversable, name: str) -> Template:
    """One published prompt of a folder. Raises: PromptChanged."""
    wanted = json.loads(folder.joinpath("manifest.json").read_bytes())["published"].get(name)
    try:
        content = folder.joinpath(f"{name}.txt").read_bytes()
    except OSError:
        raise PromptChanged(name) from None
    if wanted is None or hashlib.sha256(content).hexdigest() != wanted:
        raise PromptChanged(name)
    return Template(name, content.decode("utf-8"))


def _shipped() -> Traversable:
    return files("vouchsafe.data").joinpath("prompts")
