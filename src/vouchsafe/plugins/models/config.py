"""What every model is configured with: its place, and the file that holds its key."""

import re
from dataclasses import dataclass
from pathlib import Path

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.ports.model import Place, WrongKey

_KEY = re.compile(r"[\x21-\x7e]{1,8000}")


class WrongPlace(VouchsafeError):
    """Endpoint, region and model do not fit each other, or the provider's interface."""


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Where the model is, and who we are there.

    `place`: exactly as the agreement's row has it. `key_file`: a file whose lines are the key, read anew at each call
    so that it can be changed or renewed by a program of the operator's; None where no key is asked for.
    """

    place: Place
    key_file: Path | None = None


def key_of(config: ModelConfig) -> str:
    """The key on the first line, empty where no file is configured. Raises: WrongKey, never quoting the file."""
    lines = key_lines(config)
    return lines[0] if lines else ""


def needed_key(config: ModelConfig) -> str:
    """The key on the first line. Raises: WrongKey, also where no file is configured."""
    key = key_of(config)
    if not key:
        raise WrongKey("this provider asks for a key; name the file that holds it")
    return key


def key_lines(config: ModelConfig) -> list[str]:
    """Every line that holds something. Raises: WrongKey."""
    if config.key_file is None:
        return []
    try:
        lines = [line.strip() for line in config.key_file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError):
        raise WrongKey("the key file of the model cannot be read; name a text file that this user may read") from None
    lines = [line for line in lines if line]
    if not lines or not all(_KEY.fullmatch(line) for line in lines):
        raise WrongKey("the key file of the model does not hold a key; it is one line without spaces")
    return lines
