"""`vouchsafe verify`: check the trail against its signed checkpoints."""

import time

import cyclopts
from rich.console import Console

from vouchsafe.app import open_app
from vouchsafe.evidence.verify import Verdict
from vouchsafe.settings import load_settings
from vouchsafe.store import audit, checkpointer

app = cyclopts.App(name="verify", help="Check the trail against its signed checkpoints.")


@app.default
def verify(*, files: bool = True) -> int:
    """Find any changed, removed, added or reordered event up to the last checkpoint, and any changed or missing file.

    Exit codes: 0 verified, 1 refuted, 2 cannot tell.

    Parameters
    ----------
    files
        Read every sealed file too; `--no-files` leaves that out, which is faster where there are many.
    """
    console = Console(highlight=False, soft_wrap=True)
    worst = 0
    settings = load_settings()
    with open_app(settings) as opened:
        for workspace in opened.workspaces():
            started = time.perf_counter()
            with console.status(f"reading the log of workspace {workspace} ..."):
                found = audit.verify(
                    opened.store.database,
                    opened.keys,
                    workspace,
                    settings.domain,
                    opened.store.objects if files else None,
                )
            report = found.report
            key = checkpointer.verifier(opened.keys, workspace, settings.domain)
            console.print(f"log       {key.name}", markup=False)
            console.print(f"key       {key.text}", markup=False)
            console.print(
                f"events    {report.events} in the log, {report.signed_size} under {report.checkpoints_matched} "
                f"matching checkpoints, {report.unsigned} after the last one",
                markup=False,
            )
            console.print(
                f"payloads  {report.payloads_checked} match their leaf, {report.payloads_absent} absent", markup=False
            )
            if files:
                console.print(
                    f"files     {found.objects} are what the log names, {found.objects_absent} went with their key",
                    markup=False,
                )
            for finding in (*found.more, *report.findings):
                place = "" if finding.first is None else f" at events {finding.first} to {finding.end}"
                console.print(f"WRONG     {finding.kind.value}: {finding.says}{place}", markup=False)
            console.print(f"verdict   {found.verdict.value} in {time.perf_counter() - started:.1f} s\n", markup=False)
            worst = max(worst, found.verdict.exit_code)
    if worst == Verdict.VERIFIED.exit_code:
        console.print(
            "This proves order and completeness up to the last checkpoint to whoever holds that checkpoint. Until a\n"
            "checkpoint has left this machine it does not prove the operator's innocence.",
            markup=False,
        )
    return worst
