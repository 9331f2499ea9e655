"""A leaf has one byte form, and nothing that identifies a patient fits into it."""

import dataclasses
import hashlib
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from vouchsafe.evidence.event_types import STATE_CHANGES, EventType
from vouchsafe.evidence.leaf import (
    MAX_INT,
    MAX_LEAF_BYTES,
    Actor,
    ActorKind,
    Algorithm,
    Leaf,
    LeafError,
    Outcome,
    SealedPayload,
    canonical,
    fitting_source,
    leaf_hash,
    parse,
    read_head,
)

LeafBuilder = Callable[..., Leaf]


PLANTED = [
    "María González",
    "Maria Gonzalez",
    "maria.gonzalez@example.com",
    "(555) 123-4567",
    "555-123-4567",
    "123-45-6789",
    "1974-03-12",
    "03/12/1974",
    "MRN 00482913",
    "12 Elm Street, Springfield",
    "I took too many of my pills",
    "陈小明",
    "x\u202egnp",
    "a\x00b",
    'quote"s',
    "back\\slash",
    "",
]

names = st.from_regex(r"[a-z][a-z0-9._/-]{0,40}@[0-9a-f]{12,64}", fullmatch=True)
slugs = st.from_regex(r"[a-z]{1,12}(_[a-z]{1,12})?", fullmatch=True)
sources = st.from_regex(
    r"([A-Z][a-z0-9_-]{1,9}/){0,2}[a-z][a-z0-9.-]{0,9}\.(md|html)@[0-9a-f]{12,64}#[0-9]{1,4}", fullmatch=True
)
builds = st.from_regex(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(rc[1-9])?\+([0-9a-f]{7,40}|unknown)", fullmatch=True)
uuids = st.uuids()
uuid7s = st.builds(
    lambda bits: UUID(int=(bits & ~(0xF << 76) & ~(0b11 << 62)) | 0x7 << 76 | 0b10 << 62), st.integers(0, 2**128 - 1)
)
hashes = st.binary(min_size=32, max_size=32)
actors = st.one_of(
    st.builds(Actor, st.sampled_from(ActorKind), uuids.map(str)),
    st.builds(Actor, st.sampled_from([ActorKind.SYSTEM, ActorKind.SERVICE]), slugs),
)
payloads = st.builds(SealedPayload, kid=uuids, ct_hash=hashes, commit=hashes, length=st.integers(1, 10**9))


@st.composite
def leaves(draw: st.DrawFn) -> Leaf:
    kind, case = draw(st.sampled_from(EventType)), draw(st.none() | uuid7s)
    counts = st.integers(1, MAX_INT)
    return Leaf(
        ws=draw(uuids),
        id=draw(uuid7s),
        ts=draw(counts),
        type=kind,
        actor=draw(actors),
        build=draw(builds),
        outcome=draw(st.sampled_from(Outcome)),
        case=case,
        step=draw(counts) if case is not None and kind in STATE_CHANGES else None,
        subj=draw(st.none() | uuids),
        model=draw(st.none() | names),
        prompt=draw(st.none() | names),
        pack=draw(st.none() | names),
        manifest=draw(st.none() | names),
        sources=tuple(draw(st.lists(sources, max_size=3))),
        refs=tuple(draw(st.lists(uuid7s, max_size=3))),
        payload=tuple(draw(st.lists(payloads, max_size=3))),
    )


@given(leaves())
def test_the_canonical_form_is_the_one_of_rfc_8785(leaf: Leaf) -> None:
    data = canonical(leaf)

    assert data == rfc8785.dumps(orjson.loads(data))
    assert data.isascii()


@given(leaves())
def test_a_leaf_survives_being_written_and_read(leaf: Leaf) -> None:
    data = canonical(leaf)

    assert parse(data) == leaf
    assert canonical(parse(data)) == data


@given(leaves())
def test_the_head_is_what_the_whole_leaf_says(leaf: Leaf) -> None:
    head = read_head(canonical(leaf))

    assert (head.ws.decode(), head.id.decode(), head.step) == (str(leaf.ws), str(leaf.id), leaf.step)
    assert (None if head.case is None else head.case.decode()) == (None if leaf.case is None else str(leaf.case))


def test_the_hash_of_a_leaf_carries_the_prefix_of_rfc_6962() -> None:
    assert leaf_hash(b"x") == hashlib.sha256(b"\x00x").digest()
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def put(leaf: Leaf, **changes: Any) -> Leaf:
    """The leaf with other values, also ones that its types forbid."""
    return dataclasses.replace(leaf, **changes)


@pytest.mark.parametrize("planted", PLANTED)
def test_planted_identifiers_are_refused_in_every_string(a_leaf: LeafBuilder, planted: str) -> None:
    digest, good = "@" + "ab" * 32, a_leaf()
    attempts = [
        *(
            put(good, **{name: text})
            for name in ("model", "prompt", "pack", "manifest")
            for text in (planted, planted + digest)
        ),
        put(good, build=planted),
        put(good, build=f"{planted}+1a2b3c4"),
        put(good, build=f"0.1.0+{planted}"),
        *(put(good, actor=Actor(kind, planted)) for kind in ActorKind),
        put(good, sources=(planted,)),
        put(good, sources=(f"{planted}@0123456789ab#1",)),
        put(good, sources=(f"faq.md@{planted}#1",)),
        put(good, sources=(f"faq.md@0123456789ab#{planted}",)),
        put(good, sources=("faq.md@0123456789ab#1", planted)),
        # Types forbid these; a caller who goes around them must still fail.
        *(put(good, **{name: planted}) for name in ("ws", "id", "case", "subj", "ts", "step", "type", "outcome", "v")),
        put(good, refs=(planted,)),
    ]

    for attempt in attempts:
        with pytest.raises(LeafError) as refused:
            canonical(attempt)
        assert planted == "" or planted not in str(refused.value)


def test_every_string_field_was_planted() -> None:
    texts = {field.name for field in dataclasses.fields(Leaf) if "str" in str(field.type)}

    assert texts == {"model", "prompt", "pack", "manifest", "build", "sources"}


@pytest.mark.parametrize("planted", [text for text in PLANTED if text])
def test_a_leaf_with_planted_text_is_not_read_either(a_leaf: LeafBuilder, planted: str) -> None:
    fields = orjson.loads(canonical(a_leaf()))

    for name in fields:
        with pytest.raises(LeafError) as refused:
            parse(orjson.dumps({**fields, name: planted}, option=orjson.OPT_SORT_KEYS))
        assert planted not in str(refused.value)
    with pytest.raises(LeafError):
        parse(orjson.dumps({**fields, planted: 1}, option=orjson.OPT_SORT_KEYS))


Change = Callable[[bytes], bytes]

OTHER_FORMS: dict[str, Change] = {
    "white space": lambda data: data.replace(b'":', b'": ', 1),
    "a trailing newline": lambda data: data + b"\n",
    "a leading byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "another order of keys": lambda data: orjson.dumps(dict(reversed(orjson.loads(data).items()))),
    "an unknown key": lambda data: data.replace(b'"v":1', b'"u":1,"v":1'),
    "a missing key": lambda data: data.replace(b'"v":1,', b""),
    "a repeated key": lambda data: data.replace(b'"v":1', b'"v":1,"v":1'),
    "a float": lambda data: data.replace(b'"step":7', b'"step":7.0'),
    "an exponent": lambda data: data.replace(b'"step":7', b'"step":7e0'),
    "a leading zero": lambda data: data.replace(b'"step":7', b'"step":07'),
    "minus zero": lambda data: data.replace(b'"step":7', b'"step":-0'),
    "step zero": lambda data: data.replace(b'"step":7', b'"step":0'),
    "an integer beyond 2^53": lambda data: data.replace(b'"step":7', b'"step":9007199254740992'),
    "an escaped letter": lambda data: data.replace(b'"gate"', b'"g\\u0061te"'),
    "upper case hex": lambda data: data.replace(b"0101", b"0A01", 1),
    "another schema version": lambda data: data.replace(b'"v":1', b'"v":2'),
    "a step of too many digits": lambda data: data.replace(b'"step":7', b'"step":10000000000000000'),
    "a time of too many digits": lambda data: re.sub(rb'"ts":[0-9]+', b'"ts":10000000000000000', data),
    "a time beyond 2^53": lambda data: re.sub(rb'"ts":[0-9]+', b'"ts":9007199254740992', data),
    "an event type nobody knows, without a step": lambda data: data.replace(b"ruling:made", b"ruling:unmade").replace(
        b'"step":7', b'"step":null'
    ),
    "an event type nobody knows": lambda data: data.replace(b"ruling:made", b"ruling:unmade"),
    "an outcome nobody knows": lambda data: data.replace(b'"held"', b'"healed"'),
    "an id that is not version 7": lambda data: re.sub(rb'("id":"[0-9a-f-]{14})7', rb"\g<1>4", data),
    "a state change without its step": lambda data: data.replace(b'"step":7', b'"step":null'),
    "a step on a read": lambda data: data.replace(b"ruling:made", b"case:read"),
    "a key that is not text": lambda data: data.replace(b'"v"', b"1"),
    "nothing": lambda _: b"",
    "not JSON": lambda data: data[:-1],
    "a list": lambda data: b"[" + data + b"]",
    "deep nesting": lambda _: b"[" * 60_000,
}


@pytest.mark.parametrize("change", OTHER_FORMS.values(), ids=OTHER_FORMS)
def test_any_other_form_of_a_leaf_is_refused(a_leaf: LeafBuilder, change: Change) -> None:
    changed = change(canonical(a_leaf()))

    assert changed != canonical(parse(canonical(a_leaf())))
    for read in (parse, read_head):
        with pytest.raises(LeafError):
            read(changed)


def test_a_leaf_stays_under_the_limit_of_an_entry_bundle(a_leaf: LeafBuilder) -> None:
    one = SealedPayload(UUID(int=1), ct_hash=bytes(32), commit=bytes(32), length=256)
    size = len(canonical(a_leaf(payload=(one, one)))) - len(canonical(a_leaf(payload=(one,))))
    room = (MAX_LEAF_BYTES - len(canonical(a_leaf(payload=(one,))))) // size

    assert len(canonical(a_leaf(payload=(one,) * (room + 1)))) <= MAX_LEAF_BYTES
    with pytest.raises(LeafError, match="larger than 65534 bytes"):
        canonical(a_leaf(payload=(one,) * (room + 2)))
    with pytest.raises(LeafError, match="larger than 65534 bytes"):
        parse(b" " * (MAX_LEAF_BYTES + 1))


def test_the_error_names_the_field(a_leaf: LeafBuilder) -> None:
    with pytest.raises(LeafError, match="field `pack`"):
        canonical(a_leaf(pack="patient-desk"))


def test_a_hash_of_the_wrong_length_is_refused(a_leaf: LeafBuilder) -> None:
    short = SealedPayload(UUID(int=1), ct_hash=bytes(31), commit=bytes(32), length=256, alg=Algorithm.A256GCM)

    with pytest.raises(LeafError, match="field `payload`"):
        canonical(a_leaf(payload=(short,)))


def test_a_value_the_encoder_does_not_know_is_refused_without_quoting_it(a_leaf: LeafBuilder) -> None:
    with pytest.raises(LeafError) as refused:
        canonical(a_leaf(pack=b"Maria Gonzalez"))
    assert "Maria" not in str(refused.value)


@pytest.mark.parametrize("kind", list(EventType))
def test_only_a_state_change_that_names_a_case_has_a_step(a_leaf: LeafBuilder, kind: EventType) -> None:
    step = 1 if kind in STATE_CHANGES else None
    canonical(a_leaf(type=kind, step=step))
    canonical(a_leaf(type=kind, step=None, case=None))

    with pytest.raises(LeafError, match="`step`"):
        canonical(a_leaf(type=kind, step=None if step else 1))
    with pytest.raises(LeafError, match="`step`"):
        canonical(a_leaf(type=kind, step=1, case=None))


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("billing/payment-plans.md@0123456789ab#3", True),
        ("FAQ.csv@0123456789ab#12", True),
        ("Facturación y pagos.md@0123456789ab#3", False),
        ("../../etc/passwd@0123456789ab#3", False),
        ("a@b.md@0123456789ab#1", False),
    ],
)
def test_an_odd_document_name_is_replaced_by_its_hash(a_leaf: LeafBuilder, name: str, fits: bool) -> None:  # noqa: FBT001 - a table
    source = fitting_source(name)

    assert (source == name) is fits
    assert source.endswith(name.rpartition("@")[2])
    assert parse(canonical(a_leaf(sources=(source,)))).sources == (source,)


@pytest.mark.parametrize(
    "name", ["faq.md", "faq.md@0123456789ab", "faq.md@latest#1", "@0123456789ab#x", "faq.md@0123456789ab#999999"]
)
def test_a_source_without_version_and_number_is_refused(name: str) -> None:
    with pytest.raises(LeafError):
        fitting_source(name)


@given(st.binary(max_size=400) | leaves().map(canonical))
def test_no_bytes_make_the_reader_fail_in_another_way(data: bytes) -> None:
    for cut in (data, data[1:], data[: len(data) // 2], data.replace(b"0", b"\xff")):
        try:
            assert canonical(parse(cut)) == cut
        except LeafError:
            continue
