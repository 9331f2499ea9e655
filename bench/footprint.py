"""What an installation takes: disk, time to the first handled message, memory, time of a second start.

    python bench/footprint.py [--keep FOLDER] [--seconds 600]

Copies the committed tree to a folder of its own, lets the launcher make its environment there, runs the demo, and looks
at its processes while it stands. Downloads should be warm (run it twice); nothing of this repository's `.venv` is used.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from measuring import folder_bytes, memory, report, run_child, tree

ROOT = Path(__file__).resolve().parents[1]
HANDLED = re.compile(r"first message handled ([0-9.]+) s after the command")
UP = re.compile(r"up after ([0-9.]+) s")
PORTS = {"VOUCHSAFE_HTTP_PORT": "18765", "VOUCHSAFE_LMTP_PORT": "18024", "VOUCHSAFE_SMTP_PORT": "18025"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--keep", type=Path, help="work in this folder and leave it; an environment in it is used again"
    )
    parser.add_argument("--seconds", type=float, default=600.0, help="how long a demo may take to handle everything")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="vs-fresh-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    try:
        figures = measure(folder, arguments.seconds)
    finally:
        if arguments.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    report("footprint", figures)
    return 0


def measure(folder: Path, limit_s: float) -> dict[str, object]:
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "VOUCHSAFE"))
    }
    environment |= PORTS
    figures: dict[str, object] = {}
    made = run_child(["./vouchsafe", "version"], environment, folder)
    if made.code:
        raise SystemExit(made.output)
    figures["make_environment_s"] = round(made.wall_s, 1)
    figures["make_environment_cpu_s"] = round(made.cpu_s, 1)
    figures["installed_mb"] = round(folder_bytes(folder / ".venv") / 1e6)
    first = demo(folder, environment, limit_s, wait_for=HANDLED)
    figures["first_demo"] = first
    figures["first_message_after_the_command_s"] = round(made.wall_s + float(str(first["said_s"])), 1)
    figures["installed_after_demo_mb"] = round(folder_bytes(folder / ".venv") / 1e6)
    figures["data_folder_mb"] = round(folder_bytes(folder / "var") / 1e6)
    figures["second_start"] = demo(folder, environment, limit_s, wait_for=UP)
    return figures


def demo(folder: Path, environment: dict[str, str], limit_s: float, *, wait_for: re.Pattern[str]) -> dict[str, object]:
    """Run the demo until it stands, measure its processes, and stop it with Ctrl-C."""
    log = folder / "demo.log"
    started = time.monotonic()
    with log.open("wb") as output:
        child = subprocess.Popen(
            ["./vouchsafe", "demo"],
            cwd=folder,
            env={**environment, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            said = _wait_for(child, log, wait_for, started + limit_s)
            _wait_for(child, log, re.compile("running; Ctrl-C stops everything"), started + limit_s)
            time.sleep(5)  # caches settle, as after a minute of use
            figures = {"said_s": said, "to_the_end_s": round(time.monotonic() - started - 5, 1), **processes(child.pid)}
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(60)
    return figures


def processes(root: int) -> dict[str, object]:
    """Memory of every process below `root` by kind, in MB; PSS counts shared pages once."""
    kinds: dict[str, dict[str, int]] = {}
    for pid in tree(root):
        found = memory(pid)
        kind = kinds.setdefault(_kind(pid), {"count": 0, "Rss": 0, "Pss": 0, "Private": 0})
        kind["count"] += 1
        for name, value in found.items():
            kind[name] += value
    in_mb = {
        kind: {name: value if name == "count" else round(value / 1e6) for name, value in found.items()}
        for kind, found in sorted(kinds.items())
    }
    return {
        "pss_mb": round(sum(found["Pss"] for found in kinds.values()) / 1e6),
        "rss_mb": round(sum(found["Rss"] for found in kinds.values()) / 1e6),
        "by_kind": in_mb,
    }


def _kind(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "ended"
    if "postgres" in words[0]:
        return "postgres"
    return words[words.index("vouchsafe.cli.main") + 1] if "vouchsafe.cli.main" in words else Path(words[0]).name


def _wait_for(child: "subprocess.Popen[bytes]", log: Path, pattern: re.Pattern[str], deadline: float) -> float:
    while time.monotonic() < deadline:
        found = pattern.search(log.read_text(errors="replace"))
        if found:
            return float(found[1]) if found.groups() else 0.0
        if child.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"the demo never said {pattern.pattern!r}; its last lines:\n{log.read_text()[-3000:]}")


if __name__ == "__main__":
    raise SystemExit(main())
