"""Reads the files of a policy pack: which keys they may have, and what is said where one is wrong."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vouchsafe.domain.errors import VouchsafeError

EXAMPLE_OF = {
    "intents": "intents: [{name: opening_hours, title: Opening hours, mode: auto, queue: front_desk, examples: [...]}]",
    "queues": "queues: [{name: front_desk, title: Front desk, answer_within_min: 480}]",
    "routes": "routes: {clinical: nursing_supervisor, crisis: on_call_clinician, ...}",
    "notices": "notices: [{kind: received, language: en, text: We have your message.}]",
    "phrases": "phrases: [{language: en, greeting: Hello, ...}]",
    "remedies": 'remedies: [{name: no_show_fee, phrase: We waive the fee once., limit: "35 USD, once a year"}]',
    "holds": "holds: [{id: press, reason: The press writes, words: [journalist], look_in: message}]",
    "groups_at": "groups_at: [{level: 1, groups: [patient]}]",
    "emergency_number": 'emergency_number: "911"',
    "crisis_line": 'crisis_line: "988"',
    "phone": 'phone: "(555) 555-0100"',
    "zone": "zone: America/New_York",
    "languages": "languages: [en]",
    "mode": "mode: copilot",
}


class PackRefused(VouchsafeError):
    """A policy pack does not load. Nothing of it is in force."""

    def __init__(self, place: str, problems: Sequence[str]) -> None:
        self.place, self.problems = place, tuple(problems)
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"policy pack refused, {place}:{lines}")


class _Strict(BaseModel):
    """An unknown key is an error, and a number is not a text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class IntentRow(_Strict):
    """See `domain.pack.Intent`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    mode: Literal["off", "shadow", "copilot", "auto"]
    queue: str
    examples: list[str]
    counter_examples: list[str] = []
    level: Literal[0, 1, 2, 3] = 0
    personal: bool = False
    self_service_only: bool = False


class QueueRow(_Strict):
    """See `domain.pack.Queue`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    answer_within_min: int = Field(ge=1)
    clinical: bool = False


class RoutesRow(_Strict):
    """See `domain.pack.Routes`."""

    clinical: str
    emergent: str
    crisis: str
    dispute: str
    complaint: str
    legal_threat: str
    human_request: str
    vulnerability: str
    safeguarding: str
    threat: str
    outage: str
    outage_also: str
    language: str
    injection: str
    attachment: str
    unknown: str


class NoticeRow(_Strict):
    """See `domain.pack.NoticeText`."""

    kind: Literal["received", "person_will_answer", "urgent", "crisis", "safe", "waiting"]
    language: str
    text: str
    safe_for_writer: bool = False


class PhrasesRow(_Strict):
    """See `domain.pack.Phrases`."""

    language: str
    greeting: str
    disclosure: str
    human_path: str
    closing: str
    sources_lead: str
    partial: str
    open_part: str
    person_signature: str


class RemedyRow(_Strict):
    """See `domain.pack.Remedy`."""

    name: str
    phrase: str
    limit: str


class HoldKeys(_Strict):
    """See `domain.pack.HoldRow`."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    reason: str
    words: list[str] = Field(min_length=1)
    look_in: Literal["message", "draft", "both"] = "both"
    queue: str | None = None


class GroupsRow(_Strict):
    """One step of `domain.pack.Pack.groups_at`."""

    level: Literal[0, 1, 2, 3]
    groups: list[str]


class PackFile(_Strict):
    """All keys a file of a pack may have; each is optional in one file, see `REQUIRED` for the whole."""

    name: str | None = None
    version: str | None = None
    title: str | None = None
    organisation: str | None = None
    audience: Literal["patient", "staff"] | None = None
    zone: str | None = None
    emergency_number: str | None = None
    crisis_line: str | None = None
    phone: str | None = None
    languages: list[str] | None = None
    signatures: int | None = Field(default=None, ge=1)
    groups: list[str] | None = None
    notice_every_min: int | None = Field(default=None, ge=1)
    auto_replies_per_day: int | None = Field(default=None, ge=0)
    min_confidence: float | None = Field(default=None, ge=0, le=1)
    pages_for: list[Literal["person", "clinical", "page"]] | None = None
    routes: RoutesRow | None = None
    groups_at: list[GroupsRow] = []
    intents: list[IntentRow] = []
    queues: list[QueueRow] = []
    notices: list[NoticeRow] = []
    phrases: list[PhrasesRow] = []
    remedies: list[RemedyRow] = []
    holds: list[HoldKeys] = []


REQUIRED = (
    *("name", "version", "title", "organisation", "audience", "zone", "emergency_number", "crisis_line", "phone"),
    *("languages", "groups", "routes", "intents", "queues", "notices", "phrases"),
)
DEFAULTS: Mapping[str, object] = {
    "signatures": 1,
    "notice_every_min": 720,
    "auto_replies_per_day": 5,
    "min_confidence": 0.0,
    "pages_for": ["page"],
}


JOINED = frozenset({"groups_at", "intents", "queues", "notices", "phrases", "remedies", "holds"})
"""Lists that several files may add to."""


class PlainLoader(yaml.SafeLoader):
    """YAML without its surprises: `off`, `no` and dates stay words, and a key that stands twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - signature of yaml
        """The mapping, refused where a key stands twice: yaml would keep the last one in silence."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"{twice[0]!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


# YAML 1.1 reads `mode: off` as false and an unquoted date as an object; here they stay the words they are.
PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in ("bool", "timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])


def read_all(root: Traversable) -> tuple[list[tuple[str, PackFile]], str]:
    """Every file of a pack in the order of its paths, checked one by one, and the digest over all of them.

    Raises: PackRefused naming the file and the key.
    """
    digest = hashlib.sha256()
    parsed = []
    for path, content in sorted(_walk(root)):
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
        parsed.append((path, _parse(path, content)))
    if not parsed:
        raise PackRefused(root.name, ["no .yaml file here; a pack is a folder of YAML files, or one such file"])
    return parsed, digest.hexdigest()


def merge(parsed: Sequence[tuple[str, PackFile]]) -> dict[str, Any]:
    """One mapping of all files: lists joined, any other key from the one file that has it.

    Raises: PackRefused where a key stands in two files or a required key in none.
    """
    whole: dict[str, Any] = dict(DEFAULTS)
    came_from: dict[str, str] = {}
    for path, file in parsed:
        for key in sorted(file.model_fields_set):
            value = getattr(file, key)
            if key in JOINED:
                whole[key] = [*whole.get(key, []), *value]
            elif key in came_from:
                raise PackRefused(path, [f"{key}: stands in {came_from[key]} too; keep one of them"])
            else:
                whole[key] = value
            came_from.setdefault(key, path)
    missing = [f"{key}: missing from all files; {example(key)}" for key in REQUIRED if key not in whole]
    if missing:
        raise PackRefused("the whole pack", missing)
    return whole


def example(key: str) -> str:
    """What a key looks like, for an error message."""
    return f"example: {EXAMPLE_OF[key]}" if key in EXAMPLE_OF else f"example: {key}: ..."


def _walk(root: Traversable, under: str = "") -> Iterator[tuple[str, bytes]]:
    if root.is_file():
        yield root.name, root.read_bytes()
        return
    for child in root.iterdir():
        if child.is_dir():
            yield from _walk(child, f"{under}{child.name}/")
        elif child.name.endswith((".yaml", ".yml")):
            yield f"{under}{child.name}", child.read_bytes()


def _parse(path: str, content: bytes) -> PackFile:
    try:
        data = yaml.load(content.decode(), PlainLoader)  # noqa: S506 - a SafeLoader with fewer types, see above
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PackRefused(path, [f"not readable as YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(data, Mapping):
        raise PackRefused(path, [f"a mapping of keys is expected; {example('zone')}"])
    try:
        return PackFile.model_validate(data)
    except ValidationError as error:
        raise PackRefused(path, [_problem(one["loc"], one["msg"]) for one in error.errors()]) from error


def _problem(loc: tuple[int | str, ...], message: str) -> str:
    known = [str(part) for part in loc if str(part) in EXAMPLE_OF]
    return (
        f"{'.'.join(map(str, loc))}: {message[0].lower()}{message[1:]}; {example(known[-1] if known else str(loc[0]))}"
    )
