"""One leaf of the trail: its closed schema, its one canonical form, and its hash.

The canonical form of a leaf is a regular language, and `_GRAMMAR` is that language: sorted
keys, no white space, integers only, each string matched by a pattern. `canonical` and `parse`
both end with a match against it, so what is not in the grammar is neither written nor read:
unknown keys, floats, escapes, other alphabets, free text, another order of keys.

What a pattern cannot tell: whether a short lower-case word is a name. Such words are possible
in two places only, the id of a system or service actor and the name before an `@` (of a
model, prompt, pack, manifest or document). Both are constants of the code or come from the
operator's files, never from a message.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.evidence.event_types import NAMES_OBJECTS, STATE_CHANGES, EventType

SCHEMA_VERSION: Final = 1
MAX_LEAF_BYTES: Final = 65_534  # entry bundles hold lengths in 16 bits; the notes ask for "under 65,535"
MAX_INT: Final = 2**53 - 1  # RFC 8785, section 3.2.2.3: larger integers do not survive other JSON readers


class LeafError(VouchsafeError, ValueError):
    """These values or bytes are not a leaf. The message names the field and never quotes it."""


class ActorKind(StrEnum):
    """Who acted. Only a person or a contact is a human being."""

    SYSTEM = "system"
    PERSON = "person"
    CONTACT = "contact"
    SERVICE = "service"


class Outcome(StrEnum):
    """How it ended, as far as it may stand in clear; why stands in the sealed payload."""

    OK = "ok"
    HELD = "held"
    REFUSED = "refused"
    ESCALATED = "escalated"
    FAILED = "failed"
    DENIED = "denied"
    UNCERTAIN = "uncertain"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    PARKED = "parked"


class Algorithm(StrEnum):
    """How a payload is encrypted."""

    A256GCM = "A256GCM"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it.

    `id` is opaque: the UUID of a person or contact; for a system or service the name of the
    part that acted, such as `gate`, or the UUID of its access token.
    """

    kind: ActorKind
    id: str


@dataclass(frozen=True, slots=True)
class SealedPayload:
    """What binds one encrypted payload to its leaf; see `payload.py` for `commit`.

    `ct_hash`: SHA-256 of the ciphertext, 32 bytes. `commit`: 32 bytes. `length`: bytes of the
    ciphertext that `ct_hash` covers; `len` in the canonical form.
    """

    kid: UUID
    ct_hash: bytes
    commit: bytes
    length: int
    alg: Algorithm = Algorithm.A256GCM


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One event as it stands in the log (notes: evidence, section 3).

    `ts`: microseconds since 1970 UTC. `step`: from 1, present exactly when the event names a
    case and its type is one of `STATE_CHANGES`. `subj`: 128 random bits that stand for the
    conversation. `build`: release and commit, `0.1.0+1a2b3c4`. `model`, `prompt`, `pack`,
    `manifest`: `name@digest`. `sources`: `path@version#number`, see `fitting_source`.
    """

    ws: UUID
    id: UUID
    ts: int
    type: EventType
    actor: Actor
    build: str
    outcome: Outcome
    case: UUID | None = None
    step: int | None = None
    subj: UUID | None = None
    model: str | None = None
    prompt: str | None = None
    pack: str | None = None
    manifest: str | None = None
    sources: tuple[str, ...] = ()
    refs: tuple[UUID, ...] = ()
    payload: tuple[SealedPayload, ...] = ()
    v: int = SCHEMA_VERSION


class Head(NamedTuple):
    """What a verifier needs of each leaf; everything but `step` as it stands in the canonical bytes."""

    ws: bytes
    id: bytes
    case: bytes | None
    step: int | None
    type: bytes
    actor: bytes
    ts: bytes
    subj: bytes | None


def canonical(leaf: Leaf) -> bytes:
    """The one byte form of a leaf, which is hashed, stored and shown to auditors.

    Raises: LeafError naming the field that does not fit.
    """
    fields = _fields(leaf)
    try:
        data = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # The encoder's own message may quote the value.
        raise LeafError("a field of the leaf holds a type that the trail does not know") from None
    if (match := _match(data)) is None:
        raise LeafError(_what_is_wrong(fields))
    _check_sense(match)
    return data


def parse(data: bytes) -> Leaf:
    """The leaf that these canonical bytes hold. Raises: LeafError unless `canonical` gives the same bytes."""
    match = _match(data)
    if match is None:
        raise LeafError(_what_is_wrong_with_bytes(data))
    _check_sense(match)
    fields = orjson.loads(data)
    return Leaf(
        ws=UUID(fields["ws"]),
        id=UUID(fields["id"]),
        ts=fields["ts"],
        type=EventType(fields["type"]),
        actor=Actor(ActorKind(fields["actor"]["kind"]), fields["actor"]["id"]),
        build=fields["build"],
        outcome=Outcome(fields["outcome"]),
        case=_uuid_or_none(fields["case"]),
        step=fields["step"],
        subj=_uuid_or_none(fields["subj"]),
        model=fields["model"],
        prompt=fields["prompt"],
        pack=fields["pack"],
        manifest=fields["manifest"],
        sources=tuple(fields["sources"]),
        refs=tuple(UUID(ref) for ref in fields["refs"]),
        payload=tuple(
            SealedPayload(
                kid=UUID(one["kid"]),
                ct_hash=bytes.fromhex(one["ct_hash"]),
                commit=bytes.fromhex(one["commit"]),
                length=one["len"],
                alg=Algorithm(one["alg"]),
            )
            for one in fields["payload"]
        ),
        v=fields["v"],
    )


def read_head(data: bytes) -> Head:
    """Check the bytes as strictly as `parse` does and give only the head; several times faster.

    Raises: LeafError.
    """
    match = _match(data)
    if match is None:
        raise LeafError(_what_is_wrong_with_bytes(data))
    return _check_sense(match)


def read_seals(data: bytes) -> list[tuple[str, int]]:
    """(hash of the ciphertext as hex, length) of each payload, in order, of bytes that `read_head` accepted."""
    # In the grammar every part of an entry but its length has a fixed width, so places do what a pattern would, faster.
    found = []
    at = data.find(_CT_HASH)
    while at >= 0:
        end = data.index(b"}", at)
        found.append((data[at + 11 : at + 75].decode(), int(data[at + 128 : end])))
        at = data.find(_CT_HASH, end)
    return found


def read_objects(head: Head, data: bytes) -> list[tuple[bytes, UUID, int]]:
    """(hash of the ciphertext, id of its key, length) of each sealed file that the leaf names."""
    if head.type not in _TYPES_WITH_OBJECTS:
        return []
    return [
        (bytes.fromhex(ct_hash.decode()), UUID(kid.decode()), int(length))
        for ct_hash, kid, length in _SEAL.findall(data)[1:]
    ]


def names_objects(head: Head) -> bool:
    """Whether the entries after the first payload of this leaf are sealed files."""
    return head.type in _TYPES_WITH_OBJECTS


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || canonical bytes), 32 bytes. Source: RFC 6962, section 2.1."""
    return hashlib.sha256(b"\x00" + data).digest()


def fitting_source(name: str) -> str:
    """A passage's `path@version#number` in a form that a leaf accepts.

    Knowledge documents may have any file name. One that does not match the leaf's pattern is
    replaced by `sha256-` and half its hash, so that an odd name never stops a case; the full
    name is in the sealed payload. Raises: LeafError if version or number is malformed.
    """
    if re.fullmatch(_SOURCE, name.encode("utf-8", "replace")):
        return name
    path, at, rest = name.rpartition("@")
    hashed = f"sha256-{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}@{rest}"
    if not at or not re.fullmatch(_SOURCE, hashed.encode("utf-8", "replace")):
        raise LeafError("a source must be path@version#number, with a version of 12 to 64 hex digits")
    return hashed


# The grammar. Possessive quantifiers (`*+`) keep matching linear on hostile bytes.
_UUID: Final = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_UUID7: Final = rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_MAX_DIGITS: Final = len(str(MAX_INT))
_COUNT: Final = rb"[1-9][0-9]{0,15}"  # as many digits as `MAX_INT` has
_SLUG: Final = rb"[a-z]{1,32}(?:[_-][a-z]{1,32}){0,3}"
_NAMED: Final = rb"[a-z][a-z0-9._/-]{0,99}@[0-9a-f]{12,64}"
_PATH: Final = rb"(?:[A-Za-z0-9][A-Za-z0-9_-]{0,63}/){0,8}[A-Za-z][A-Za-z0-9_.-]{0,127}\.[a-z]{2,5}"
_SOURCE: Final = rb"(?:" + _PATH + rb"|sha256-[0-9a-f]{32})@[0-9a-f]{12,64}#[0-9]{1,5}"
_BUILD: Final = (
    rb"[0-9]{1,4}(?:\.[0-9]{1,4}){1,2}(?:(?:a|b|rc)[0-9]{1,3})?(?:\.dev[0-9]{1,5})?\+(?:[0-9a-f]{7,40}|unknown)"
)
_ACTOR: Final = (
    rb'\{"id":"(?P<actor>'  # the group ends with the kind, since which ids there are depends on it
    + _UUID
    + rb'","kind":"(?:person|contact|system|service)"|'
    + _SLUG
    + rb'","kind":"(?:system|service)")\}'
)
_SEALED: Final = (
    rb'\{"alg":"A256GCM","commit":"[0-9a-f]{64}","ct_hash":"[0-9a-f]{64}","kid":"'
    + _UUID
    + rb'","len":[1-9][0-9]{0,9}\}'
)


def _string(pattern: bytes) -> bytes:
    return rb'"' + pattern + rb'"'


def _or_null(pattern: bytes) -> bytes:
    return rb"(?:null|" + pattern + rb")"


def _list_of(pattern: bytes) -> bytes:
    return rb"\[(?:" + pattern + rb"(?:," + pattern + rb")*+)?+\]"


_FIELD_GRAMMAR: Final[dict[str, bytes]] = {
    "actor": _ACTOR,
    "build": _string(_BUILD),
    "case": _or_null(rb'"(?P<case>' + _UUID7 + rb')"'),
    "id": rb'"(?P<id>' + _UUID7 + rb')"',
    "manifest": _or_null(_string(_NAMED)),
    "model": _or_null(_string(_NAMED)),
    "outcome": _string(rb"(?:" + b"|".join(one.encode() for one in Outcome) + rb")"),
    "pack": _or_null(_string(_NAMED)),
    "payload": _list_of(_SEALED),
    "prompt": _or_null(_string(_NAMED)),
    "refs": _list_of(_string(_UUID7)),
    "sources": _list_of(_string(_SOURCE)),
    "step": _or_null(rb"(?P<step>" + _COUNT + rb")"),
    "subj": _or_null(rb'"(?P<subj>' + _UUID + rb')"'),
    "ts": rb"(?P<ts>" + _COUNT + rb")",
    "type": rb'"(?P<type>[a-z-]{1,20}:[a-z-]{1,20})"',
    "v": b"%d" % SCHEMA_VERSION,
    "ws": rb'"(?P<ws>' + _UUID + rb')"',
}
_FIELD_PATTERNS: Final = {name: re.compile(pattern) for name, pattern in _FIELD_GRAMMAR.items()}
_GRAMMAR: Final = re.compile(
    rb"\{" + b",".join(b'"%s":%s' % (name.encode(), pattern) for name, pattern in _FIELD_GRAMMAR.items()) + rb"\}"
)
_CT_HASH: Final = b'"ct_hash":"'
_SEAL: Final = re.compile(rb'"ct_hash":"([0-9a-f]{64})","kid":"(' + _UUID + rb')","len":([0-9]+)')
_TYPES: Final = frozenset(kind.value.encode() for kind in EventType)
_TYPES_WITH_OBJECTS: Final = frozenset(kind.value.encode() for kind in NAMES_OBJECTS)
_TYPES_WITH_STEP: Final = frozenset(kind.value.encode() for kind in STATE_CHANGES)


def _fields(leaf: Leaf) -> dict[str, object]:
    return {
        "actor": {"id": leaf.actor.id, "kind": leaf.actor.kind},
        "build": leaf.build,
        "case": leaf.case,
        "id": leaf.id,
        "manifest": leaf.manifest,
        "model": leaf.model,
        "outcome": leaf.outcome,
        "pack": leaf.pack,
        "payload": [
            {
                "alg": one.alg,
                "commit": one.commit.hex(),
                "ct_hash": one.ct_hash.hex(),
                "kid": one.kid,
                "len": one.length,
            }
            for one in leaf.payload
        ],
        "prompt": leaf.prompt,
        "refs": leaf.refs,
        "sources": leaf.sources,
        "step": leaf.step,
        "subj": leaf.subj,
        "ts": leaf.ts,
        "type": leaf.type,
        "v": leaf.v,
        "ws": leaf.ws,
    }


def _match(data: bytes) -> re.Match[bytes] | None:
    # The size first: the grammar need not look at bytes that are too many in any case.
    return _GRAMMAR.fullmatch(data) if len(data) <= MAX_LEAF_BYTES else None


def _check_sense(match: re.Match[bytes]) -> Head:
    """Refuse what the grammar cannot see: unknown types, integers too large, a step without reason."""
    kind, ts, case, digits, ws, own, actor, subj = match.group(
        "type", "ts", "case", "step", "ws", "id", "actor", "subj"
    )
    step = None if digits is None else int(digits)
    if kind not in _TYPES:
        raise LeafError("field `type` is not an event type of this version")
    if (len(ts) == _MAX_DIGITS and int(ts) > MAX_INT) or (step is not None and step > MAX_INT):
        raise LeafError("field `ts` or `step` is larger than 2^53-1")
    if (step is not None) != (case is not None and kind in _TYPES_WITH_STEP):
        raise LeafError("field `step` must be there exactly when a state change names its case")
    return Head(ws, own, case, step, kind, actor[: actor.index(b'"')], ts, subj)


def _what_is_wrong(fields: dict[str, object]) -> str:
    for name, pattern in _FIELD_PATTERNS.items():
        if not pattern.fullmatch(orjson.dumps(fields[name], option=orjson.OPT_SORT_KEYS)):
            return f"field `{name}` of the leaf does not match its pattern"
    return f"the leaf is larger than {MAX_LEAF_BYTES} bytes"


def _what_is_wrong_with_bytes(data: bytes) -> str:
    if len(data) > MAX_LEAF_BYTES:
        return f"the leaf is larger than {MAX_LEAF_BYTES} bytes"
    try:
        fields = orjson.loads(data)
    except orjson.JSONDecodeError:
        return "the leaf is not JSON"
    if not isinstance(fields, dict) or fields.keys() != _FIELD_GRAMMAR.keys():
        return "the leaf does not have exactly the fields of its schema"
    wrong = _what_is_wrong(fields)
    return wrong if wrong.startswith("field") else "the leaf is not in canonical form"


def _uuid_or_none(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
