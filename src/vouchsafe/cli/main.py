"""The command line: one file a command, each registered here by name and imported only when it is called."""

import errno
import sys
from importlib import import_module

from vouchsafe.domain.errors import VouchsafeError

COMMANDS = {
    "demo": "start everything with a seeded demo clinic and watch real traffic",
    "up": "start database, web server, mail listener and workers, and keep them running",
    "serve": "run the web server and the mail listener",
    "worker": "run one worker process",
    "init": "set up a workspace with its desks, in shadow mode",
    "desk": "list the desks and set how far the AI may go on each",
    "user": "add, change, list and deactivate people",
    "contacts": "take over people from the organisation's master",
    "receive": "take stored mail: a file, a folder or an mbox",
    "explain": "print the whole chain of one case",
    "verify": "check the trail against its signed checkpoints",
    "agreements": "who may receive what: check, adopt, list and print agreements",
    "stop": "stop everything automatic, or show and release stops",
    "doctor": "check the installation, with the fix for each red line",
    "knowledge": "a desk's documents: import, check, withdraw, and what is missing",
    "redact": "batch: take identifiers out of texts",
    "detect": "batch: say what messages are about",
    "search": "batch: find passages",
    "support": "batch: check sentences against sources",
    "answer": "batch: the whole pass over messages",
    "eval": "measure redaction on messages that you have labelled",
    "readiness": "print how each stage can fail, the limit, and what was measured",
    "synth": "make synthetic conversations from a seed",
    "reference": "write the reference pages from the code",
    "test": "run the checks and tests of this repository",
}


def main() -> None:
    """Run one command. Exit codes: 0 done, 1 done with errors the output names, 2 refused or misused."""
    arguments = sys.argv[1:]
    name = arguments[0] if arguments else "help"
    if name in {"help", "--help", "-h"}:
        _help()
        return
    if name in {"version", "--version"}:
        print(import_module("vouchsafe.build_info").build())
        return
    if name not in COMMANDS:
        print(f"vouchsafe: there is no command {name!r}; see vouchsafe help", file=sys.stderr)
        sys.exit(2)
    try:
        app = import_module(f"vouchsafe.cli.{name}").app
        sys.exit(
            app(arguments[1:], exit_on_error=True, print_error=True, result_action="return_int_as_exit_code_else_zero")
        )
    except VouchsafeError as refused:
        print(f"vouchsafe {name}: {refused}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            print(f"vouchsafe {name}: the disk is full; make room and run it again", file=sys.stderr)
            sys.exit(1)
        if error.filename is None:  # no file of the operator's: the traceback is needed
            raise
        print(f"vouchsafe {name}: {error.filename}: {error.strerror}; name another, or mend it", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _help() -> None:
    print("vouchsafe COMMAND [options]      (vouchsafe COMMAND --help explains each)\n")
    width = max(len(name) for name in COMMANDS)
    for name, says in COMMANDS.items():
        print(f"  {name:<{width}}  {says}")


if __name__ == "__main__":
    main()
