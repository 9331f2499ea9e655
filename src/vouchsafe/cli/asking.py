"""What commands ask a person for, when it was not given: values at the prompt, passwords without an echo."""

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated

import cyclopts

from vouchsafe.app import App
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.domain.staff import User
from vouchsafe.installing import Refused
from vouchsafe.passwords import shown_at_the_shell

STDIN = Path("-")
PasswordFile = Annotated[Path | None, cyclopts.Parameter(allow_leading_hyphen=True)]
"""A file whose first line is a password; `-` is standard input, which would else be taken for an option."""


def asked(given: str, question: str, flag: str) -> str:
    """The value given, else the one typed in. Raises: Refused naming the flag where nobody is there to ask."""
    if not given.strip() and sys.stdin.isatty():
        given = input(f"{question}: ")
    if not given.strip():
        raise Refused(f"{flag} is needed: {question[0].lower()}{question[1:]}")
    return " ".join(given.split())


def a_password(prompt: str, given: str = "", file: Path | None = None) -> str:
    """The password given, else the first line of a file or of standard input (`-`), else the one typed in.

    Raises: Refused where there is none, or nobody is there to ask.
    """
    if given:
        return given
    if file is not None:
        return _first_line(file)
    if not sys.stdin.isatty():
        # The prompt would read the password from whatever the command was piped, with an echo.
        raise Refused(
            "a password is needed: type it at the prompt, or give --password-file FILE (- for standard input)"
        )
    return getpass.getpass(prompt)


def a_token(variable: str, file: Path | None) -> str:
    """The token of an environment variable or of a file's first line; empty where neither is named.

    It is never an option of its own: the list of processes shows those to everybody on the machine. Raises: Refused.
    """
    if variable and file is not None:
        raise Refused("give --token-env or --token-file, not both")
    if file is not None:
        return _first_line(file, "token").strip()
    if variable and not os.environ.get(variable, "").strip():
        raise Refused(f"the environment variable {variable} is empty; put the token into it, or give --token-file FILE")
    return os.environ[variable].strip() if variable else ""


def shown_to_be(opened: App, workspace: WorkspaceId, login: str, file: Path | None) -> User:
    """The person of this log-in name, once their password was given; a command that acts in a name asks for it.

    Raises: Refused for a wrong name or password, or a locked or ended account, without saying which.
    """
    user = shown_at_the_shell(opened, workspace, login, a_password(f"Password of {login}: ", file=file))
    if user is None:
        raise Refused("name and password do not fit, or the account is locked or ended; see vouchsafe user list")
    return user


def _first_line(file: Path, what: str = "password") -> str:
    if file == STDIN:
        line = sys.stdin.readline()
    else:
        try:
            with file.open(encoding="utf-8") as lines:
                line = lines.readline()
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(
                f"the {what} file cannot be read; name a text file with the {what} in its first line"
            ) from error
    if not line.strip("\r\n"):
        raise Refused(f"the first line of the {what} file is empty")
    return line.strip("\r\n")
