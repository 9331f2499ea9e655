"""`vouchsafe doctor`: red and green lines, each red one with its fix; the report holds no PHI and may be shared."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import cyclopts
import orjson
from rich.console import Console

from vouchsafe.app import App, open_app
from vouchsafe.build_info import build
from vouchsafe.cli.desks import HOW_TO_FREE, held_to_copilot
from vouchsafe.domain.agreement import Permit
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.pack import Mode
from vouchsafe.governance.pack_copies import demo_words
from vouchsafe.governance.ways_out import PAGES, WayOut, Without
from vouchsafe.governance.weights import all_weights, open_weights, weights_ref
from vouchsafe.installing import how_to_own
from vouchsafe.knowledge.checking import keeping
from vouchsafe.pipeline.detect.heads import load_heads
from vouchsafe.pipeline.redact.tagger import Tagger
from vouchsafe.pipeline.retrieve import calibration as calibrations
from vouchsafe.ports.spending import in_currency
from vouchsafe.settings import Settings, load_settings
from vouchsafe.store import (
    alarms,
    cases,
    checkpointer,
    desks,
    health,
    jobs,
    knowledge,
    outbox,
    quarantine,
    sequencer,
    stops,
)
from vouchsafe.store.engine import crosses_open_network
from vouchsafe.store.work import PgWork

app = cyclopts.App(name="doctor", help="Check the installation, with the fix for each red line.")

ROOM_MB = 1_000
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})
LAG = timedelta(seconds=5)
HANDLED_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One check. `fix` says what to do where it is not well."""

    name: str
    well: bool
    says: str
    fix: str = ""


@app.default
def doctor(*, report: Path | None = None) -> int:
    """Check everything that can be checked from here. Exit code 1 if a line is red.

    Parameters
    ----------
    report
        Write the lines as JSON into this file; it holds counts and versions, no names and no words of anybody.
    """
    settings = load_settings()
    lines = list(_all(settings))
    console = Console(highlight=False)
    for line in lines:
        mark, style = ("ok ", "green") if line.well else ("RED", "bold red")
        console.print(f"[{style}]{mark}[/] {line.name:<22} ", end="")
        console.print(line.says, markup=False)
        if not line.well:
            console.print(f"    fix: {line.fix}", markup=False)
    red = sum(not line.well for line in lines)
    console.print(f"\n{len(lines) - red} well, {red} to mend", markup=False)
    if report:
        report.write_bytes(
            orjson.dumps(
                {"build": build(), "python": sys.version.split()[0], "lines": [asdict(line) for line in lines]},
                option=orjson.OPT_INDENT_2,
            )
        )
        console.print(f"report written to {report}; it holds no PHI", markup=False)
    return 1 if red else 0


def _all(settings: Settings) -> Iterator[Line]:
    yield from machine_lines(settings)
    yield from _weights()
    try:
        with open_app(settings) as opened:
            yield Line("database", well=True, says="answers and is migrated")
            yield from _database(opened)
            for workspace in opened.workspaces():
                with opened.store(workspace) as work:
                    for check in _WORKSPACE_CHECKS:
                        yield from check(opened, work)
            if not opened.workspaces():
                yield Line("workspace", well=False, says="none yet", fix="run vouchsafe init, or vouchsafe demo")
    except VouchsafeError as refused:
        yield Line("database", well=False, says=str(refused), fix="see the sentence; then run vouchsafe doctor again")


def machine_lines(settings: Settings) -> Iterator[Line]:
    """What can be said without a database."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Line("python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")
    folder = settings.data_dir.resolve()
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(existing).free // 1_000_000
    yield Line(
        "disk", free > ROOM_MB, f"{free} MB free", f"make room: at least {ROOM_MB} MB on the disk of the data folder"
    )
    keys = settings.keys_dir
    if keys.exists():
        tight = not keys.stat().st_mode & 0o077
        yield Line(
            "key folder", tight, "open to its owner only" if tight else "open to others", f"run: chmod 700 {keys}"
        )
    if settings.http_host not in _THIS_MACHINE and not settings.public_url.startswith("https://"):
        yield Line(
            "transport",
            well=False,
            says="the web server listens beyond this machine without TLS in front",
            fix="put a TLS proxy in front and set VOUCHSAFE_PUBLIC_URL to its https address",
        )
    if settings.mail_host not in _THIS_MACHINE and (settings.lmtp_port or settings.smtp_port):
        yield Line(
            "mail in",
            bool(settings.mail_tls_cert),
            "taken after STARTTLS only" if settings.mail_tls_cert else "the listeners take mail without TLS",
            "set VOUCHSAFE_MAIL_TLS_CERT and VOUCHSAFE_MAIL_TLS_KEY, or VOUCHSAFE_MAIL_HOST to 127.0.0.1",
        )
    if settings.database_url:
        is_open = crosses_open_network(settings.database_url)
        yield Line(
            "database transport",
            not is_open,
            "on another machine, and its URL does not insist on TLS" if is_open else "on this machine or by TLS",
            "add sslmode=verify-full and sslrootcert to VOUCHSAFE_DATABASE_URL",
        )
    relay = settings.smtp_relay or "none: mail stays in the local outbox folder"
    yield Line("mail out", well=True, says=relay)
    if os.environ.get("VOUCHSAFE_DATABASE_URL") is None and settings.database_url:
        yield Line("settings", well=True, says="read from .env")


def _weights() -> Iterator[Line]:
    """Every file that a model or a page is made of, opened and hashed as whoever uses it does."""
    for role in (one.role for one in all_weights()):
        yield _file(role, partial(_of_carrier, role), "delete .venv and run ./vouchsafe again")
    unpack = "put the files of this release back: unpack it again, or git checkout src/vouchsafe/data; then start again"
    yield _file("heads", lambda: f"heads@{load_heads().digest[:16]}", unpack)
    yield _file("tagger", lambda: Tagger().ref, unpack)


def _of_carrier(role: str) -> str:
    open_weights(role)
    return weights_ref(role)


def _file(name: str, opened: Callable[[], str], fix: str) -> Line:
    try:
        return Line(f"file: {name}", well=True, says=opened())
    except (VouchsafeError, OSError, ValueError, KeyError) as refused:
        says = str(refused) if isinstance(refused, VouchsafeError) else f"cannot be read ({type(refused).__name__})"
        return Line(f"file: {name}", well=False, says=says, fix=fix)


def _database(opened: App) -> Iterator[Line]:
    found = health.look(opened.store.database)
    yield Line(
        "database role",
        not found.passes_security_by,
        "passes row-level security by" if found.passes_security_by else "obeys row-level security",
        "the working role must be neither superuser nor BYPASSRLS",
    )
    loose = ", ".join(found.loose_tables)
    yield Line("row security", not loose, loose or "forced on every table", "run the migrations again")
    yield Line(
        "connections",
        found.connections < found.max_connections * 0.8,
        f"{found.connections} of {found.max_connections}",
        "raise max_connections or run fewer workers",
    )
    skew = abs((opened.clock.now() - found.now).total_seconds())
    yield Line("clock", skew < 5, f"{skew:.1f} s from the database", "synchronise the clocks of both machines")


def _trail(opened: App, work: PgWork) -> Iterator[Line]:
    context = work.context
    oldest = sequencer.oldest_pending(context.connection)
    late = oldest is not None and opened.clock.now() - oldest > LAG
    yield Line(
        "trail",
        not late,
        "every event is in the log" if oldest is None else f"events wait since {oldest:%H:%M:%S} UTC",
        "start a worker (vouchsafe up); if one runs, look at its log",
    )
    newest = checkpointer.latest(context.connection)
    says = f"{newest[0]} events signed at {newest[2]:%Y-%m-%d %H:%M} UTC" if newest else "nothing signed yet"
    yield Line("checkpoint", newest is not None, says, "start a worker; it signs within a minute")


def _desks(opened: App, work: PgWork) -> Iterator[Line]:
    context = work.context
    for desk in desks.every(context):
        pack = opened.pack(desk.pack)
        documents = len(knowledge.documents(context, desk.id))
        says = f"mode {desk.mode.value}, pack {pack.ref}, {documents} documents"
        drafter = opened.model_for(desk) or "no language model"
        yield Line(f"desk {desk.name}", well=True, says=f"{says}, drafts by {drafter}")
        yield from _knowledge(opened, work, desk)
        if desk.mode is not Mode.OFF and not documents:
            yield Line(
                f"knowledge {desk.name}",
                well=False,
                says="no documents",
                fix=f"vouchsafe knowledge import DIR --desk {desk.name}",
            )
        spoken = [] if opened.settings.demo else demo_words(pack)
        yield Line(
            f"pack {desk.name}",
            not spoken,
            "speaks as the demo clinic: " + spoken[0] if spoken else "speaks for the organisation",
            how_to_own(opened, desk.pack),
        )
        held = held_to_copilot(opened, pack)
        yield Line(f"intents {desk.name}", not held, "; ".join(held) or "each in the mode of its pack", HOW_TO_FREE)
        has_page = bool(desk.facts.on_call)
        yield Line(
            f"on-call {desk.name}",
            has_page,
            "an address is set" if has_page else "no address",
            f"vouchsafe desk on-call {desk.name} ADDRESS --login YOU",
        )


def _knowledge(opened: App, work: PgWork, desk: desks.Desk) -> Iterator[Line]:
    """Whether a desk's sources are read, and where the threshold of its search comes from."""
    kept = keeping(opened, work, desk)
    readable = not desk.calibration or calibrations.kept(desk.calibration).digest != calibrations.UNREADABLE
    yield Line(
        f"search {desk.name}",
        readable and not (kept.aged and kept.aged.much),
        kept.abstention if readable else "its own threshold cannot be read: nothing is found",
        "measure it again: vouchsafe knowledge calibrate",
    )
    if kept.unread:
        oldest = kept.unread[0]
        more = f", and {len(kept.unread) - 1} more" if len(kept.unread) > 1 else ""
        yield Line(
            f"sources {desk.name}",
            well=False,
            says=f"not read since {oldest.last:%Y-%m-%d}: {oldest.source}{more}",
            fix="run vouchsafe knowledge import for each, by a timer (docs/operator.md shows one); "
            "VOUCHSAFE_KNOWLEDGE_READ_DAYS=0 where nothing has to be kept in step",
        )


def _waiting(opened: App, work: PgWork) -> Iterator[Line]:
    del opened
    context = work.context
    held = quarantine.waiting(context)
    yield Line("quarantine", not held, f"{len(held)} items wait", "look at them under Quarantine in the workbench")
    unseen = [alarm for alarm in alarms.open_alarms(context) if alarm.tier.value == "page"]
    yield Line("pages", not unseen, f"{len(unseen)} not acknowledged", "open the cases and acknowledge them")
    found = stops.in_force(context)
    yield Line("stop", not found, f"{len(found)} in force", "a second person releases it: vouchsafe stop release")


def _computing(opened: App, work: PgWork) -> Iterator[Line]:
    """Whether messages are computed: one that hangs may hold up those behind it."""
    now = opened.clock.now()
    oldest = cases.oldest_received(work.context)
    late = oldest is not None and now - oldest > HANDLED_WITHIN
    yield Line(
        "messages",
        not late,
        f"one waits since {oldest:%Y-%m-%d %H:%M:%S} UTC for its computation" if late else "none waits to be computed",
        "start a worker (vouchsafe up) or raise VOUCHSAFE_WORKERS; after five minutes a worker's sweep gives each "
        "to a person, so if this stays, look at the worker's log",
    )
    begun = jobs.longest_running(work.context)
    longest = timedelta(seconds=opened.settings.case_deadline_s)
    hangs = begun is not None and now - begun > longest
    yield Line(
        "jobs",
        not hangs,
        f"one runs since {begun:%Y-%m-%d %H:%M:%S} UTC" if hangs else "none runs too long",
        "vouchsafe up ends such a worker within two minutes more; a worker started by hand: end it and start it again",
    )


def _agreements(opened: App, work: PgWork) -> Iterator[Line]:
    """Each way out that is set, held against the register; mail that waits for its row."""
    for way, call in opened.ways_set():
        answer = opened.judged(work, call)
        if isinstance(answer, Permit):
            yield Line(_short(way), well=True, says=f"{call.endpoint}, under {answer.agreement} with {answer.party}")
        else:
            does = "leaves all the same" if way.without is Without.LEAVES else way.without.value
            yield Line(_short(way), well=False, says=f"{does}: {call.endpoint} has no row in force", fix=answer.says)
    waiting = outbox.held(work.context)
    if waiting:
        yield Line(
            "held mail",
            well=False,
            says=f"{len(waiting)} wait for an agreement, the oldest since {waiting[0].since:%Y-%m-%d %H:%M} UTC",
            fix="see the line of the mail relay; they leave by themselves within a quarter of a minute"
            if opened.settings.relay_endpoint
            else "no relay is set now; set VOUCHSAFE_SMTP_RELAY for every worker, or close their cases",
        )


def _spent(opened: App, work: PgWork) -> Iterator[Line]:
    """What the language model used today, and what is left of its budget."""
    budget = opened.model_budget(work)
    if budget is None:
        return
    used, most, left = budget.used, budget.most, budget.left
    parts = [f"{used.calls:,} of {most.calls:,} calls", f"{used.tokens:,} of {most.tokens:,} tokens"]
    rest = [f"{left.calls:,} calls", f"{left.tokens:,} tokens"]
    if most.cost:
        parts.append(f"cost {in_currency(used.cost)} of {in_currency(most.cost)}")
        rest.append(f"cost {in_currency(left.cost)}")
    yield Line(
        "model today",
        not budget.nearly_over,
        f"{', '.join(parts)}; left: {', '.join(rest)}",
        "once it is used up cases keep their local drafts until midnight UTC; raise VOUCHSAFE_MODEL_CALLS_A_DAY, "
        "_TOKENS_A_DAY or _COST_A_DAY if that is too little",
    )


def _short(way: WayOut) -> str:
    return f"agreement: {way.service.value if way.service else ''}{'' if way is not PAGES else ' (pages)'}"


_WORKSPACE_CHECKS: tuple[Callable[[App, PgWork], Iterator[Line]], ...] = (
    _trail,
    _desks,
    _waiting,
    _computing,
    _agreements,
    _spent,
)
