"""What the benchmarks share: an installation of their own, figures of whole processes, percentiles, printing."""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vouchsafe.app import App, make_app, prepared
from vouchsafe.build_info import build
from vouchsafe.settings import Settings, load_settings
from vouchsafe.store.embedded import EmbeddedPostgres

DOMAIN = "lindenbay.example"
TICKS = os.sysconf("SC_CLK_TCK")
COMMAND = (sys.executable, "-P", "-m", "vouchsafe.cli.main")


@dataclass(frozen=True, slots=True)
class Finished:
    """A child process that ended: seconds by the clock, seconds of CPU of it and its children, peak RSS in bytes."""

    code: int
    wall_s: float
    cpu_s: float
    peak_rss: int
    output: str


@dataclass(frozen=True, slots=True)
class Installation:
    """A database of its own with durable commits, and its folder."""

    settings: Settings
    url: str
    server: EmbeddedPostgres

    @property
    def environment(self) -> dict[str, str]:
        """What a child needs to work on the same installation."""
        own = {"VOUCHSAFE_DATA_DIR": str(self.settings.data_dir), "VOUCHSAFE_DOMAIN": DOMAIN, "VOUCHSAFE_DEMO": "true"}
        return {**os.environ, **own}

    def open(self, pool: int = 8) -> App:
        """The application on it."""
        return make_app(self.settings, self.url, pool=pool)


@contextmanager
def installation(folder: Path | None = None) -> Iterator[Installation]:
    """An empty durable installation; its folder is removed at the end unless one was named."""
    data = folder or Path(tempfile.mkdtemp(prefix="vs-bench-", dir="/tmp"))  # sockets need a short path
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o711)  # under root the server's own account has to pass through
    settings = load_settings(data_dir=data, domain=DOMAIN, smtp_relay="", database_url="")
    try:
        with EmbeddedPostgres(data / "postgres") as server:
            yield Installation(settings, prepared(settings, server.connection.url()), server)
    finally:
        if folder is None:
            shutil.rmtree(data, ignore_errors=True)


def run_child(arguments: Sequence[str], environment: dict[str, str] | None = None, cwd: Path | None = None) -> Finished:
    """Run a command to its end and say what it took, by the operating system's own account."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(arguments, env=environment, cwd=cwd, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode(errors="replace")
    return Finished(child.returncode, wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, said)


def tree(root: int) -> list[int]:
    """Process ids of a process and everything below it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time used so far by these processes and their children that ended."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(fields[at]) for at in (11, 12, 13, 14))
    return total / TICKS


def memory(pid: int) -> dict[str, int]:
    """Rss, Pss and Private bytes of a process; zeros once it ended."""
    found = {"Rss": 0, "Pss": 0, "Private": 0}
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return found
    for line in lines[1:]:
        name, value = line.split()[:2]
        if name in {"Rss:", "Pss:"}:
            found[name[:-1]] = int(value) * 1024
        elif name in {"Private_Clean:", "Private_Dirty:"}:
            found["Private"] += int(value) * 1024
    return found


def folder_bytes(folder: Path) -> int:
    """What the files of a folder take on disk, hard links counted once, links not followed."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for path in folder.rglob("*"):
        status = path.lstat()
        if (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            total += status.st_blocks * 512
    return total


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, -int(-share * len(ordered) // 1) - 1))]


def spread(values: Sequence[float], unit: float = 1.0) -> dict[str, float]:
    """Median, 95th and 99th percentile and maximum, each times `unit`."""
    return {
        "n": len(values),
        "p50": round(statistics.median(values) * unit, 3),
        "p95": round(percentile(values, 0.95) * unit, 3),
        "p99": round(percentile(values, 0.99) * unit, 3),
        "max": round(max(values) * unit, 3),
    }


def report(name: str, figures: dict[str, object]) -> dict[str, object]:
    """Print the figures as JSON with the machine they hold for, and give them back."""
    machine = {
        "cpus": len(os.sched_getaffinity(0)),
        "load_1min": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "build": build(),
        "at": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
    }
    found = {"benchmark": name, **figures, "machine": machine}
    print(json.dumps(found, indent=1), flush=True)
    return found
