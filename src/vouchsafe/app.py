"""Wiring: the one place where settings, store, packs, models and channels meet."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from vouchsafe.build_info import build
from vouchsafe.domain.agreement import Call, Permit, Refusal, Register, Why
from vouchsafe.domain.contact import Assurance, Contact
from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.identifier import Token
from vouchsafe.domain.ids import ConversationId, DeskId, QueueName, WorkspaceId
from vouchsafe.domain.message import ChannelKind, Inbound
from vouchsafe.domain.pack import Mode, NoticeKind, Pack
from vouchsafe.domain.states import Identified, Received
from vouchsafe.domain.text import PhiText, SafeText
from vouchsafe.evidence.event import Event, Outcome, system
from vouchsafe.evidence.event_types import EventType
from vouchsafe.governance.agreement_files import AgreementsRefused, read_register
from vouchsafe.governance.agreements import UNREADABLE, permit
from vouchsafe.governance.model_records import model_ref
from vouchsafe.governance.packs import as_shipped, load_pack
from vouchsafe.governance.prompts import drafting
from vouchsafe.governance.routing import Limits, Price, Router
from vouchsafe.governance.ways_out import DATABASE, MAIL, MODEL, PAGES, WayOut
from vouchsafe.pipeline import identify, ingest
from vouchsafe.pipeline.detect.detectors import Detectors, near_risk
from vouchsafe.pipeline.draft import support
from vouchsafe.pipeline.draft.by_model import remembering
from vouchsafe.pipeline.redact import Redactor
from vouchsafe.pipeline.redact.fixed import our_words
from vouchsafe.pipeline.redact.rescan import rescan
from vouchsafe.pipeline.redact.restoring import restore
from vouchsafe.pipeline.retrieve import calibration as calibrations
from vouchsafe.pipeline.retrieve.index import Index
from vouchsafe.pipeline.world import Bare, ByModel, World
from vouchsafe.plugins.channels.attachments import read_attachment
from vouchsafe.plugins.channels.chat.send import ChatChannel
from vouchsafe.plugins.channels.email.page import MailPager
from vouchsafe.plugins.channels.email.send import EmailChannel, LocalOutbox, MailOut, Security
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.plugins.keys.folder import FolderKeys
from vouchsafe.plugins.models.anthropic import Anthropic
from vouchsafe.plugins.models.azure_openai import AzureOpenAi
from vouchsafe.plugins.models.bedrock import Bedrock
from vouchsafe.plugins.models.config import ModelConfig
from vouchsafe.plugins.models.openai_compatible import OpenAiCompatible
from vouchsafe.plugins.models.vertex import Vertex
from vouchsafe.plugins.ner.spacy_md import SpacyMd
from vouchsafe.plugins.wires.https import HttpsWire
from vouchsafe.ports.channel import Accepted, Channel, Pager, Quarantined, UnknownRecipient
from vouchsafe.ports.clock import Clock, SystemClock
from vouchsafe.ports.ids import Ids, RandomIds
from vouchsafe.ports.model import Model, Place
from vouchsafe.ports.pause import RealPause
from vouchsafe.ports.spending import Budget, Spend
from vouchsafe.settings import Settings
from vouchsafe.store import agreements, desks, knowledge, quarantine
from vouchsafe.store.embedded import own_or_join
from vouchsafe.store.engine import Database, again_after_conflict
from vouchsafe.store.model_ledger import PgLedger, spent
from vouchsafe.store.objects import FolderObjects
from vouchsafe.store.setup import plainly, prepare
from vouchsafe.store.vault import SealBroken, Vault
from vouchsafe.store.work import PgWork, Store

MODELS: Mapping[str, Callable[[ModelConfig], Model]] = {
    "openai_compatible": OpenAiCompatible,
    "azure_openai": AzureOpenAi,
    "anthropic": Anthropic,
    "bedrock": Bedrock,
    "vertex": Vertex,
}
"""Providers of language models by the word of the setting."""
QUARANTINE_QUEUE = QueueName("front_desk")
"""Owns what could not be read where not even the desk's pack can be."""


@dataclass(frozen=True, slots=True)
class _Indexed:
    version: int
    index: Index


class App:
    """One installation in one process."""

    def __init__(self, settings: Settings, store: Store, keys: FolderKeys, clock: Clock, ids: Ids) -> None:
        self.settings = settings
        self.store = store
        self.keys = keys
        self.clock = clock
        self.ids = ids
        self._packs: dict[str, Pack] = {}
        self._indexes: dict[DeskId, _Indexed] = {}
        self._detectors: dict[str, Detectors] = {}
        self._doors: dict[tuple[WorkspaceId, str], Router] = {}
        self._lock = Lock()
        self._builders: dict[str, Lock] = {}

    # models, each loaded once a process and only where it is used

    @cached_property
    def embedder(self) -> MiniLm:
        """Sentence vectors."""
        return MiniLm()

    @cached_property
    def redactor(self) -> Redactor:
        """Every pass of redaction."""
        return Redactor(SpacyMd(), self.settings.places)

    @cached_property
    def light_redactor(self) -> Redactor:
        """Known contact, tokens and patterns only, for what reviewers type: their process need not hold the models."""
        return Redactor(None, self.settings.places)

    # language models outside

    def router(self, workspace: WorkspaceId, model: str = "") -> Router:
        """The door to the configured language model; where none is, a door through which nothing leaves.

        `model`: another one of the same provider, by its exact name, for a desk that has its own.

        Raises: WrongPlace where endpoint, region and model do not fit each other, NotSent for a wrong file of
        certificates.
        """
        settings = self.settings
        return Router(
            model=self._model(model),
            register=lambda: self.register(workspace),
            wire=HttpsWire(Path(settings.model_ca_file) if settings.model_ca_file else None),
            ledger=PgLedger(self.store, workspace),
            clock=self.clock,
            pause=RealPause(),
            most_a_day=self._most_a_day,
            limits=Limits(deadline_s=settings.model_wait_s, attempt_s=settings.model_wait_s / 2),
            price=Price(settings.model_price_in, settings.model_price_out),
        )

    @property
    def _most_a_day(self) -> Spend:
        told = self.settings
        return Spend(told.model_calls_a_day, told.model_tokens_a_day, round(told.model_cost_a_day * 1_000_000))

    def model_budget(self, work: PgWork) -> Budget | None:
        """What calls to the model used today (UTC, as the door counts) and may use; None where no model is set."""
        if not self.settings.model_provider:
            return None
        return Budget(spent(work, self.clock.now().astimezone(UTC).date()), self._most_a_day)

    @property
    def drafts_by_model(self) -> bool:
        """Whether a language model is asked for drafts of cases that wait for a person; not unless somebody said so."""
        return self.settings.drafter == "model" and bool(self.settings.model_provider)

    def model_for(self, desk: desks.Desk) -> str:
        """The exact name of the language model that drafts for a desk; empty where none does."""
        if not self.drafts_by_model or not desk.drafter.by_model or not self.price_known(desk.drafter.model):
            return ""
        return desk.drafter.model or self.settings.model_name

    def price_known(self, model: str) -> bool:
        """Whether what this model costs can be counted: a price that is set is the price of the configured model."""
        priced = self.settings.model_price_in or self.settings.model_price_out
        return not priced or model in {"", self.settings.model_name}

    def by_model(self, workspace: WorkspaceId, desk: desks.Desk) -> ByModel | None:
        """What drafting with the desk's model needs; None where none is to be asked.

        One door a workspace, model and process, so that its circuit remembers failures. Raises: WrongPlace, NotSent,
        PromptChanged.
        """
        name = self.model_for(desk)
        if not name:
            return None
        with self._lock:
            door = self._doors.get((workspace, name))
            if door is None:
                door = self._doors[workspace, name] = self.router(workspace, name)
        if door.model is None:
            return None
        embedder = self.embedder
        return ByModel(
            template=drafting(),
            ask=door.ask,
            check=remembering(lambda sentence, sources: support.check(sentence, sources, embedder)),
            ref=model_ref(door.model.kind, door.model.place),
        )

    def register(self, workspace: WorkspaceId) -> Register | None:
        """The agreement register in force, None where none was adopted."""
        with self.store(workspace) as work:
            return self._register_in_force(work)

    def ways_set(self) -> tuple[tuple[WayOut, Call], ...]:
        """The ways out that this installation is set to use, with what the register is asked for each."""
        settings = self.settings
        found = []
        if settings.model_provider:
            found.append((MODEL, MODEL.call(settings.model_endpoint, settings.model_region, settings.model_name)))
        if settings.relay_endpoint:
            found += [(way, way.call(settings.relay_endpoint)) for way in (MAIL, PAGES)]
        if settings.database_endpoint:
            found.append((DATABASE, DATABASE.call(settings.database_endpoint)))
        return tuple(found)

    def _register_in_force(self, work: PgWork) -> Register | None:
        """Read from the database each time, so that an agreement that is ended stops the next hand-over."""
        content = agreements.in_force(work.context)
        return None if content is None else _register_of(content)

    def _model(self, name: str) -> Model | None:
        settings = self.settings
        if not settings.model_provider:
            return None
        place = Place(settings.model_endpoint, settings.model_region, name or settings.model_name)
        key_file = Path(settings.model_key_file) if settings.model_key_file else None
        return MODELS[settings.model_provider](ModelConfig(place, key_file))

    # desks

    def pack(self, name: str) -> Pack:
        """A policy pack by name: the organisation's own from the data folder, else the shipped one."""
        if name not in self._packs:
            own = self.settings.packs_dir / name
            self._packs[name] = load_pack(own) if own.exists() else load_pack(name=name)
        return self._packs[name]

    def pack_of(self, work: PgWork, desk: DeskId) -> Pack:
        """The policy pack of a desk."""
        return self.pack(desks.get(work.context, desk).pack)

    def workspaces(self) -> tuple[WorkspaceId, ...]:
        """Every active workspace."""
        with self.store.database.begin(None) as connection:
            return desks.workspaces(connection)

    def notices_sent(self, work: PgWork, desk: desks.Desk, conversation: ConversationId) -> frozenset[NoticeKind]:
        """Kinds of notices that the conversation had within the pack's period."""
        period = timedelta(minutes=self.pack(desk.pack).notice_every_min)
        return work.notices_since(conversation, self.clock.now() - period)

    def world(
        self,
        workspace: WorkspaceId,
        desk: desks.Desk,
        notices_sent: frozenset[NoticeKind],
        by_model: ByModel | None = None,
    ) -> World:
        """What a pass over a case of this desk may use, as of now.

        The first pass of a process loads models and computes vectors here, which may take longer than a transaction
        may idle; none is open meanwhile.
        """
        pack = self.pack(desk.pack)
        return World(
            redactor=self.redactor,
            detectors=self.detectors(pack),
            searcher=self.index(workspace, desk),
            pack=pack,
            our_words=our_words,
            rescan=rescan,
            today=self.today(pack),
            notices_sent=notices_sent,
            by_model=by_model,
        )

    def bare(self, desk: desks.Desk, notices_sent: frozenset[NoticeKind], *, try_redactor: bool) -> Bare:
        """What a case is given to a person with, where its pass failed; opens the redactor alone."""
        return Bare(self._redactor_if_sound() if try_redactor else None, self.pack(desk.pack), our_words, notices_sent)

    def _redactor_if_sound(self) -> Redactor | None:
        try:
            return self.redactor
        except Exception:  # noqa: BLE001 - whatever is wrong with its files, the words stay sealed and a person gets them
            return None

    def detectors(self, pack: Pack) -> Detectors:
        """The detectors of a pack, built once."""
        with self._building(pack.ref):
            if pack.ref not in self._detectors:
                self._detectors[pack.ref] = Detectors(self.embedder, pack)
            return self._detectors[pack.ref]

    def near_risk(self, pack: Pack) -> Mapping[str, str]:
        """Intents that the pack has in auto and that are held to copilot, each with the risky example it lets through.

        Needs the encoder where an intent is the organisation's own; those as shipped are known to let none through.
        Raises: VouchsafeError where its file was altered.
        """
        own = [one for one in pack.intents if one.mode is Mode.AUTO and not as_shipped(one)]
        return near_risk(own, self.embedder) if own else {}

    def index(self, workspace: WorkspaceId, desk: desks.Desk) -> Index:
        """The desk's index, rebuilt when the database says its documents changed.

        Building takes as long as the embedding of what is new. Whoever needs the same desk waits for it, nobody else.
        """
        found = self._indexes.get(desk.id)
        if found is not None and found.version >= desk.knowledge_version:
            return found.index
        with self._building(str(desk.id)):
            found = self._indexes.get(desk.id)
            if found is None or found.version < desk.knowledge_version:
                found = self._indexes[desk.id] = _Indexed(desk.knowledge_version, self._built(workspace, desk))
            return found.index

    def _built(self, workspace: WorkspaceId, desk: desks.Desk) -> Index:
        ref = self.embedder.ref
        with self.store(workspace) as work:
            documents = knowledge.documents(work.context, desk.id)
            stored = knowledge.vectors(work.context, ref)
        index = Index.build(documents, self.embedder, stored, calibration=calibrations.kept(desk.calibration))
        fresh = {name: vector for name, vector in index.vectors.items() if name not in stored}
        with self.store(workspace) as work:
            knowledge.keep_vectors(work.context, ref, fresh)
        return index

    @contextmanager
    def _building(self, what: str) -> Iterator[None]:
        """One builder of a thing at a time; different things are built beside each other."""
        with self._lock:
            lock = self._builders.setdefault(what, Lock())
        with lock:
            yield

    # messages in

    def intake(self, inbound: Inbound) -> Accepted | Quarantined:
        """Store a message durably and open its case. Raises: UnknownRecipient."""
        read = ingest.read_all(inbound.attachments, read_attachment, self.ids)

        def accept() -> Accepted | Quarantined:
            with self._at(inbound.recipient) as (work, desk):
                return ingest.accept(inbound, read, desk=desk, work=work, clock=self.clock, ids=self.ids)

        return again_after_conflict(accept)

    def quarantine(self, channel: ChannelKind, recipient: str, raw: bytes, problem: str) -> Quarantined:
        """Keep what could not be read; its queue owns it, and the on-call address hears of it (R179).

        Raises: UnknownRecipient.
        """
        with self._at(recipient) as (work, desk):
            queue = self._owner_of_unread(work, desk)
            kept = quarantine.keep(work.context, channel, desk, problem=problem, queue=queue, raw=raw)
            if kept:
                work.note(
                    Event(
                        EventType.MESSAGE_QUARANTINED,
                        system("ingest"),
                        Outcome.HELD,
                        payload={"problem": problem, "bytes": len(raw), "item": str(kept.item), "queue": queue},
                        objects=(kept.stored.seal,),
                    )
                )
        return Quarantined(problem)

    def _owner_of_unread(self, work: PgWork, desk: DeskId) -> QueueName:
        """The queue that takes what the desk cannot tell; the front desk where the pack is what failed."""
        try:
            return self.pack_of(work, desk).routes.unknown
        except VouchsafeError:
            return QUARANTINE_QUEUE

    @contextmanager
    def _at(self, recipient: str) -> Iterator[tuple[PgWork, DeskId]]:
        """A transaction at the desk that takes messages for the recipient. Raises: UnknownRecipient."""
        with self.store.at(recipient) as found:
            if found is None:
                raise UnknownRecipient("no desk takes messages for this recipient; add the address to a desk")
            yield found

    # passes

    def identified(self, work: PgWork, state: Received) -> Identified:
        """Who may be writing, from the workspace's master."""
        found: dict[str, tuple[Contact, ...]] = {
            address: work.contacts_at(PhiText(address)) for address in identify.addresses(state)
        }
        return identify.run(state, found, assurance_cap=Assurance.CHANNEL_ASSERTED)

    def restore(self, text: SafeText, tokens: tuple[Token, ...]) -> PhiText:
        """Tokens back to words; only `pipeline/send` calls it."""
        return restore(text, tokens)

    # channels out

    def may_leave(self, work: PgWork, kind: ChannelKind) -> Permit | Refusal | None:
        """What the register in force says to a reply or notice by this channel; None where nobody carries it for us."""
        # A web form is answered by mail, to the address in the form.
        return None if kind is ChannelKind.CHAT else self.asked_of_register(work, MAIL)

    def asked_of_register(self, work: PgWork, way: WayOut) -> Permit | Refusal | None:
        """What the register in force says to mail by the relay that is set; None where mail stays in its folder."""
        endpoint = self.settings.relay_endpoint
        return self.judged(work, way.call(endpoint)) if endpoint else None

    def judged(self, work: PgWork, call: Call) -> Permit | Refusal:
        """What the register in force says to a call today, by the day in UTC. An unreadable one permits nothing."""
        try:
            register = self._register_in_force(work)
        except (AgreementsRefused, SealBroken):
            return Refusal(Why.UNREADABLE, UNREADABLE)
        return permit(register, call, self.clock.now().date())

    def channel(self, desk: desks.Desk, kind: ChannelKind, allowed: Permit | None) -> Channel:
        """The door that answers of a desk leave by. `allowed`: the register's word on the relay, where one is set.

        Raises: MailConfigError where a relay is set and nothing allows it.
        """
        return ChatChannel(self._wake_chat) if kind is ChannelKind.CHAT else self._mail(desk.facts, allowed)

    def pager(self, facts: desks.DeskFacts) -> Pager:
        """What mails pages for a desk. They wait for no agreement (decision 0037)."""
        config = self._mail_config(facts)
        return MailPager(config, self.clock, None if self.settings.smtp_relay else self.settings.outbox_dir)

    def _mail(self, facts: desks.DeskFacts, allowed: Permit | None) -> Channel:
        config = self._mail_config(facts)
        if self.settings.smtp_relay:
            return EmailChannel(config, allowed, self.clock)
        return LocalOutbox(self.settings.outbox_dir, config, self.clock)

    def _mail_config(self, facts: desks.DeskFacts) -> MailOut:
        host, port = self.settings.relay
        return MailOut(
            host=host or "127.0.0.1",
            port=port,
            from_address=facts.address,
            from_name=facts.name,
            domain=self.settings.domain,
            security=Security(self.settings.smtp_security) if self.settings.smtp_relay else Security.NONE,
            login=self.settings.smtp_login,
            password=self.settings.smtp_password,
        )

    def _wake_chat(self, conversation: ConversationId) -> None:
        with self.store.database.begin(None) as connection:
            connection.execute(text("select pg_notify('vouchsafe_chat', :c)"), {"c": str(conversation)})

    def today(self, pack: Pack) -> date:
        """The day in the pack's zone."""
        return self.clock.now().astimezone(ZoneInfo(pack.zone)).date()

    def close(self) -> None:
        """Close connections."""
        self.store.database.close()


@lru_cache(maxsize=8)
def _register_of(content: bytes) -> Register:
    """The register of a file's bytes: the same bytes are the same register."""
    return read_register(content)


def prepared(settings: Settings, admin: str) -> str:
    """Create and migrate what the database lacks; gives the URL of our database. `admin`: URL of whoever may do so."""
    url = prepare(admin, FolderKeys(settings.keys_dir))
    return url.render_as_string(hide_password=False)


def make_app(settings: Settings, url: str, *, clock: Clock | None = None, pool: int = 8) -> App:
    """The application on a database that is already prepared."""
    clock = clock or SystemClock()
    ids = RandomIds(clock)
    keys = FolderKeys(settings.keys_dir)
    store = Store(Database(url, keys, pool=pool), Vault(keys), FolderObjects(settings.objects_dir), clock, ids, build())
    return App(settings, store, keys, clock, ids)


@contextmanager
def running_database(settings: Settings) -> Iterator[str]:
    """A prepared, migrated database: the operator's own, or our embedded one, joined or owned for this block."""
    if settings.database_url:
        yield prepared(settings, settings.database_url)
        return
    with own_or_join(settings.data_dir / "postgres") as connection:
        yield prepared(settings, connection.url())


@contextmanager
def open_app(settings: Settings, **options: Any) -> Iterator[App]:  # options of make_app
    """The application for one command."""
    with running_database(settings) as url:
        app = make_app(settings, url, **options)
        try:
            with plainly(url):
                yield app
        finally:
            app.close()
