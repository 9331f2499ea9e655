"""`vouchsafe demo`: everything on this machine, a seeded clinic, real traffic through the real doors, one table."""

import secrets
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cyclopts
from rich.console import Console
from rich.table import Table

from vouchsafe.app import App, make_app
from vouchsafe.cli import demo_papers
from vouchsafe.cli.demo_traffic import Traffic
from vouchsafe.cli.logs import quiet_logs
from vouchsafe.cli.up import Supervisor
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.finding import Tier
from vouchsafe.domain.ids import CaseId, WorkspaceId
from vouchsafe.domain.pack import Mode
from vouchsafe.domain.states import Stage
from vouchsafe.installing import DeskPlan, Refused, add_contacts, add_user, create_workspace, import_history, publish
from vouchsafe.pipeline.retrieve.index import vectors_from_bytes
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.quality.synth import generate
from vouchsafe.quality.synth_demo import (
    DESK_ADDRESS,
    DemoMessage,
    demo_folder,
    knowledge_folder,
    load_contacts,
    load_messages,
    load_users,
)
from vouchsafe.quality.synth_mail import RECEIVING_HOST
from vouchsafe.settings import Settings, load_settings
from vouchsafe.store import cases, conversations, desks, knowledge, quarantine

app = cyclopts.App(name="demo", help="Start everything with a seeded demo clinic and watch real traffic.")

HISTORY = 300
ANSWER_WITHIN_S = 60.0
WEB_WITHIN_S = 180.0
"""Long: a slow machine is no reason to give up, and a person who waits can press Ctrl-C."""
LOST = "LOST"
"""The route of a message that has neither a case nor a place in quarantine: the promise is broken."""
UNFINISHED = "?"
PACE_S = 0.15
"""Between two messages, so that one can watch them arrive."""

_TABLE_WIDTH = 150
_ENDING = 8
console = Console(highlight=False, width=None if sys.stdout.isatty() else _TABLE_WIDTH)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message."""

    message: DemoMessage
    case: CaseId | None
    route: str
    tier: Tier | None
    queue: str | None
    why: str

    @property
    def as_expected(self) -> bool:
        """Whether the route is the expected one, or another that would be right as well."""
        return self.route in {self.message.expected.route, *self.message.expected.accept}


@app.default
def demo(*, leave: bool = False, history: int = HISTORY, data: Path = Path("var/demo")) -> int:
    """Start everything, seed the clinic, send about sixty messages, show what became of each, keep running.

    Nothing leaves this machine: mail stays in the outbox folder of the data folder.

    Parameters
    ----------
    leave
        Stop after the table instead of keeping everything running.
    history
        How many past conversations to seed.
    data
        Folder for database, keys, files and outbox of the demo.
    """
    started = time.monotonic()
    settings = demo_settings(data)
    quiet_logs(settings.log_level)
    _refuse_taken_ports(settings)
    with Supervisor(settings) as supervisor:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: supervisor.stop())
        opened = make_app(settings, supervisor.url)
        fresh = not opened.workspaces()
        if not fresh and not _password_file(settings).exists():
            raise Refused(f"{data} holds an installation that is not the demo's; name another folder with --data")
        _password(settings)
        supervisor.start_children()
        workspace = _seed(opened, settings) if fresh else opened.workspaces()[0]
        _wait_for_web(settings)
        console.print(f"up after {time.monotonic() - started:.1f} s at {settings.base_url}", markup=False)
        lost = fresh and _watch(opened, workspace, settings, history, started)
        _say_how_to_log_in(settings)
        opened.close()
        if not leave:
            console.print("\nrunning; Ctrl-C stops everything", markup=False)
            supervisor.watch()
    return 1 if lost else 0


_FROM_OUTSIDE = frozenset({"http_port", "smtp_port", "lmtp_port", "workers"})
"""All that a demo takes from the environment or `.env`."""


def demo_settings(data: Path) -> Settings:
    """The demo's settings. Nothing that leads to a real installation is taken from around it: it has its own
    database and outbox, and its traffic goes to its own web server and mail listener.
    """
    shipped = {name: field.default for name, field in Settings.model_fields.items() if name not in _FROM_OUTSIDE}
    own: dict[str, object] = {
        "data_dir": data,
        "demo": True,
        "domain": "lindenbay.example",
        "trusted_authserv": RECEIVING_HOST,
        # All of the demo's people write from this one machine.
        "messages_per_minute": 1_000,
        "log_level": "warning",
        # A model at an invented address, so that the screen of agreements shows a refusal. No draft asks it.
        **demo_papers.MODEL,
    }
    return load_settings(**{**shipped, **own})


def _refuse_taken_ports(settings: Settings) -> None:
    """Where another program listens, maybe a real installation, the demo's messages would go there. Raises: Refused."""
    for name in ("http_port", "smtp_port", "lmtp_port"):
        port = getattr(settings, name)
        with socket.socket() as probe:
            # As servers do: connections of an earlier run that are still closing do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise Refused(
                    f"port {port} is taken on this machine; stop what listens there, "
                    f"or set VOUCHSAFE_{name.upper()} to a free one"
                ) from error


def _seed(opened: App, settings: Settings) -> WorkspaceId:
    """The clinic without its history: desks, people, contacts, pages. Enough for the first message."""
    plans = [
        DeskPlan("patient", "patient", Mode.AUTO, DESK_ADDRESS["patient"], "Linden Bay Health", _ON_CALL),
        DeskPlan("it", "it", Mode.AUTO, DESK_ADDRESS["it"], "Linden Bay IT", _ON_CALL),
    ]
    workspace = create_workspace(opened, plans)
    with console.status("seeding the demo clinic ..."):
        _publish_pages(opened, workspace)
        add_contacts(
            opened,
            workspace,
            ((contact.known, contact.language, contact.kind == "staff") for contact in load_contacts()),
        )
        password = _password(settings)
        for user in load_users():
            add_user(
                opened, workspace, user.login, user.name, user.title, frozenset(user.roles), password, user.license
            )
    return workspace


def _publish_pages(opened: App, workspace: WorkspaceId) -> None:
    documents = read_folder(knowledge_folder()).documents
    shipped = demo_folder() / "vectors.npz"
    with opened.store(workspace) as work:
        if shipped.exists():
            ref = opened.embedder.ref
            with suppress(VouchsafeError):  # vectors of other weights are made anew, which only takes longer
                knowledge.keep_vectors(work.context, ref, vectors_from_bytes(shipped.read_bytes(), ref))
    # Some pages have a past, so that their page shows what changed.
    publish(opened, workspace, demo_papers.DESK, demo_papers.earlier_pages())
    for desk in ("patient", "it"):
        publish(opened, workspace, desk, documents)


def _watch(opened: App, workspace: WorkspaceId, settings: Settings, history: int, started: float) -> bool:
    """Send every message and print what became of it; whether one was lost. The history comes after the first one."""
    traffic = Traffic(settings)
    outcomes: list[Outcome] = []
    messages = load_messages()
    sent: list[tuple[DemoMessage, str, frozenset[CaseId]]] = []
    for number, message in enumerate(messages):
        now = datetime.now(UTC)
        before = _cases_by(opened, workspace, message)
        thread = traffic.send(message, now)
        if not thread or number == 0 or _continued(message, messages[number + 1 :]):
            outcomes.append(_outcome(opened, workspace, message, thread, before))
            _print_line(outcomes[-1])
        else:
            sent.append((message, thread, before))
        if number == 0:
            console.print(f"first message handled {time.monotonic() - started:.1f} s after the command", markup=False)
            _seed_history(opened, workspace, history)
        time.sleep(PACE_S)
    for message, thread, before in sent:
        outcomes.append(_outcome(opened, workspace, message, thread, before))
        _print_line(outcomes[-1])
    order = [message.id for message in messages]
    _print_table(sorted(outcomes, key=lambda one: order.index(one.message.id)))
    demo_papers.show(opened, workspace, console)
    return any(one.route == LOST for one in outcomes)


def _continued(message: DemoMessage, later: Iterable[DemoMessage]) -> bool:
    """Whether a later message goes on in this one's thread; then its own outcome is read before that arrives."""
    return any(
        one.hints.in_reply_to == message.id or (one.session == message.session and one.id != message.id)
        for one in later
    )


def _seed_history(opened: App, workspace: WorkspaceId, count: int) -> None:
    start = datetime.now(UTC) - timedelta(days=95)
    conversations_ = list(generate(7, count, load_contacts(), start, 90))
    with console.status(f"seeding {count} past conversations ..."):
        import_history(opened, workspace, conversations_)


def _outcome(
    opened: App, workspace: WorkspaceId, message: DemoMessage, thread: str, before: frozenset[CaseId]
) -> Outcome:
    deadline = time.monotonic() + ANSWER_WITHIN_S
    while True:
        case = _case_of(opened, workspace, message, thread, before)
        found = _decided(opened, workspace, message, case) if case else _kept(opened, workspace, message, thread)
        if found:
            return found
        if time.monotonic() >= deadline:
            break
        time.sleep(0.1)
    if case:
        return Outcome(message, case, UNFINISHED, None, None, f"no decision after {ANSWER_WITHIN_S:.0f} s")
    return Outcome(message, None, LOST, None, None, "accepted, and neither a case nor in quarantine")


def _decided(opened: App, workspace: WorkspaceId, message: DemoMessage, case: CaseId) -> Outcome | None:
    """What the case says became of the message; None while it is being computed or sent."""
    with opened.store(workspace) as work:
        row = cases.get(work.context, case)
        if row.stage is Stage.PARKED:
            return Outcome(message, case, "person", None, row.queue, "the computation failed; parked")
        if row.stage in {Stage.RECEIVED, Stage.SUPERSEDED, Stage.APPROVED}:
            return None
        file = work.case_file(case)
    fired = [rule for rule in file.ruling.rules if rule.fired]
    why = fired[0].reason if fired else "routine, with sources"
    route = {Stage.SENT: "auto", Stage.ESCALATED: "escalate"}.get(row.stage, "person")
    return Outcome(message, case, route, file.ruling.tier, row.queue, why)


def _kept(opened: App, workspace: WorkspaceId, message: DemoMessage, thread: str) -> Outcome | None:
    """The message in quarantine, known by what its bytes say of themselves; None if it is not there."""
    mark = (thread or message.sender_address or message.subject).encode()
    with opened.store(workspace) as work:
        for item in quarantine.waiting(work.context):
            if item.channel is message.channel and mark and mark in quarantine.read(work.context, item.id):
                return Outcome(message, None, "person", None, item.queue, f"in quarantine: {item.problem}")
    return None


def _case_of(
    opened: App, workspace: WorkspaceId, message: DemoMessage, thread: str, before: frozenset[CaseId]
) -> CaseId | None:
    if not thread:
        fresh = _cases_by(opened, workspace, message) - before
        return max(fresh, default=None)
    with opened.store(workspace) as work:
        for desk in desks.every(work.context):
            if desk.name == message.desk:
                conversation = conversations.named(work.context, desk.id, [thread])
                if conversation:
                    return cases.of_conversation(work.context, conversation)[-1].id
    return None


def _cases_by(opened: App, workspace: WorkspaceId, message: DemoMessage) -> frozenset[CaseId]:
    with opened.store(workspace) as work:
        return cases.ids_of_channel(work.context, message.channel.value)


def _print_line(outcome: Outcome) -> None:
    message = outcome.message
    mark = " " if outcome.as_expected else "!"
    tier = outcome.tier.value if outcome.tier else ""
    queue = outcome.queue or ""
    console.print(
        f"{mark} {message.id} {message.channel.value:<8} {(message.subject or message.text)[:44]!r:<48} "
        f"{outcome.route:<9} {tier:<9} {queue:<20} {outcome.why[:70]}",
        style="bold red" if outcome.route == LOST else None,
        markup=False,
        soft_wrap=True,
    )


def _print_table(outcomes: list[Outcome]) -> None:
    table = Table(title="What happened to each message, and why", show_lines=False)
    # In a narrow window what can be guessed goes first; a case can be explained by the end of its id.
    wide = console.width >= _TABLE_WIDTH
    for name in ("id", "by", "about", "route", "alarm", "queue", "why", "case"):
        table.add_column(name, no_wrap=name in {"id", "route", "alarm", "case"}, overflow="fold")
    styles = {"auto": "green", "person": "blue", "escalate": "red", LOST: "bold white on red"}
    for one in outcomes:
        about = (one.message.subject or one.message.text).strip().splitlines()[:1]
        table.add_row(
            one.message.id,
            one.message.channel.value,
            (about[0] if about else "(empty)")[:36],
            f"[{styles.get(one.route, 'yellow')}]{one.route}[/]",
            one.tier.value if one.tier else "",
            one.queue or "",
            one.why,
            str(one.case or "") if wide else str(one.case or "")[-_ENDING:],
        )
    console.print(table)
    surprising = [one for one in outcomes if not one.as_expected]
    console.print(
        f"{len(outcomes)} messages: {sum(o.route == 'auto' for o in outcomes)} answered alone, "
        f"{sum(o.route == 'person' for o in outcomes)} to a person, "
        f"{sum(o.route == 'escalate' for o in outcomes)} escalated; "
        f"{len(surprising)} other than expected"
        + (": " + ", ".join(o.message.id for o in surprising) if surprising else ""),
        markup=False,
    )
    lost = [one.message.id for one in outcomes if one.route == LOST]
    if lost:
        console.print(f"{len(lost)} LOST: {', '.join(lost)}; please report this", style="bold red", markup=False)


def _say_how_to_log_in(settings: Settings) -> None:
    console.print(
        f"\nWorkbench: {settings.base_url}/   one log-in for each role, all with the password below", markup=False
    )
    for user in load_users():
        roles = ", ".join(role.value for role in user.roles)
        console.print(f"  {user.login:<34} {roles:<12} {user.name}, {user.title}", markup=False)
    console.print(f"  password: {_password(settings)}", markup=False)
    console.print(f"Patients:  {settings.base_url}/form/patient   {settings.base_url}/chat?desk=patient", markup=False)
    console.print(f"Outbox:    {settings.outbox_dir.resolve()} (nothing leaves this machine)", markup=False)
    console.print("Next:      ./vouchsafe doctor, ./vouchsafe verify, ./vouchsafe explain CASE", markup=False)
    console.print(
        f"           (with VOUCHSAFE_DATA_DIR={settings.data_dir} VOUCHSAFE_DOMAIN={settings.domain} "
        "VOUCHSAFE_DATABASE_URL=)",
        markup=False,
    )


def _password_file(settings: Settings) -> Path:
    """Also the mark by which a data folder is known as the demo's."""
    return settings.keys_dir / "demo-password"


def _password(settings: Settings) -> str:
    """Made once for this demo and kept beside its keys, readable to its owner only."""
    path = _password_file(settings)
    if not path.exists():
        path.write_text("-".join(secrets.choice(_WORDS) for _ in range(4)), encoding="ascii")
        path.chmod(0o600)
    return path.read_text("ascii")


def _wait_for_web(settings: Settings) -> None:
    deadline = time.monotonic() + WEB_WITHIN_S
    while time.monotonic() < deadline:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{settings.base_url}/healthz", timeout=2)  # noqa: S310  # our own server
            return
        time.sleep(0.1)
    raise Refused(f"the web server did not answer within {WEB_WITHIN_S:.0f} s; its log is above")


_ON_CALL = "oncall@lindenbay.example"
_WORDS = [
    "anchor",
    "apple",
    "basin",
    "beacon",
    "birch",
    "bramble",
    "canyon",
    "cedar",
    "cobalt",
    "copper",
    "coral",
    "cotton",
    "ember",
    "fable",
    "fern",
    "flint",
    "garnet",
    "ginger",
    "harbor",
    "hazel",
    "heron",
    "indigo",
    "island",
    "ivory",
    "jasper",
    "juniper",
    "kettle",
    "lagoon",
    "lantern",
    "larch",
    "linen",
    "maple",
    "marble",
    "meadow",
    "mellow",
    "mosaic",
    "nectar",
    "nutmeg",
    "oasis",
    "ochre",
    "olive",
    "orchard",
    "otter",
    "pebble",
    "pepper",
    "pine",
    "plum",
    "prairie",
    "quartz",
    "quill",
    "raven",
    "reef",
    "river",
    "saffron",
    "sage",
    "sierra",
    "silver",
    "spruce",
    "summit",
    "teal",
    "thistle",
    "timber",
    "tulip",
    "umber",
    "velvet",
    "violet",
    "walnut",
    "willow",
    "winter",
    "wren",
    "yarrow",
    "zephyr",
]
