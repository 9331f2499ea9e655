"""Whatever is done to a log behind its last checkpoint is found, and the place is named."""

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest

from vouchsafe.evidence.checkpoint import Checkpoint, sign_checkpoint
from vouchsafe.evidence.event_types import EventType
from vouchsafe.evidence.leaf import Leaf, SealedPayload, canonical, leaf_hash, parse
from vouchsafe.evidence.merkle import Frontier
from vouchsafe.evidence.note import Ed25519Signer
from vouchsafe.evidence.tiles import grow, node_reader
from vouchsafe.evidence.verify import CaseReport, FindingKind, Report, Verdict, verify_case, verify_log

WORKSPACE = UUID("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")
LOG = Ed25519Signer(f"clinic.example/{WORKSPACE}", b"l" * 32)
SIZES = (64, 130, 256, 580)
EVENTS = 600

LeafBuilder = Callable[..., Leaf]


@dataclass
class Log:
    """A log as it is stored, and what was signed of it."""

    leaves: list[bytes]
    sealed: list[list[bytes]]
    checkpoints: list[str]
    end_state: list[tuple[UUID, int]] = field(default_factory=list)
    tiles: list[bytes] | None = None
    indexes: list[int] | None = None

    def __post_init__(self) -> None:
        self.tiles = self.tiles if self.tiles is not None else tiles_over(self.leaves)

    def verify(self, **changes: object) -> Report:
        arguments: dict[str, object] = {
            "leaves": zip(self.indexes or range(len(self.leaves)), self.leaves, strict=True),
            "checkpoints": self.checkpoints,
            "log": LOG.verifier,
            "workspace": WORKSPACE,
            "tiles": self.tiles,
            "sealed": [(index, place, one) for index, row in enumerate(self.sealed) for place, one in enumerate(row)],
            "end_state": self.end_state,
        }
        return verify_log(**{**arguments, **changes})  # type: ignore[arg-type]  # a table of keywords


def tiles_over(leaves: list[bytes]) -> list[bytes]:
    return [content for tile, content in grow(0, [leaf_hash(one) for one in leaves], lambda *_: b"") if tile.level == 0]


def signed(leaves: list[bytes], size: int, signer: Ed25519Signer = LOG) -> str:
    root = Frontier().append([leaf_hash(one) for one in leaves[:size]]).root
    return sign_checkpoint(Checkpoint(LOG.verifier.name, size, root), signer)


@pytest.fixture(scope="module")
def whole(a_leaf: LeafBuilder, new_id: Callable[[], UUID]) -> Log:
    """600 events: 30 cases in steps, some reads between, two payloads each, the last 20 events not yet signed."""
    seed = random.Random(11)
    cases, steps = [new_id() for _ in range(30)], [0] * 30
    leaves, sealed = [], []
    for _ in range(EVENTS):
        ciphertexts = [seed.randbytes(seed.choice([300, 556])) for _ in range(2)]
        payload = tuple(
            SealedPayload(UUID(int=9), hashlib.sha256(one).digest(), seed.randbytes(32), len(one))
            for one in ciphertexts
        )
        number = seed.randrange(30)
        if seed.random() < 0.2:
            leaf = a_leaf(ws=WORKSPACE, type=EventType.CASE_READ, case=cases[number], step=None, payload=payload)
        else:
            steps[number] += 1
            leaf = a_leaf(ws=WORKSPACE, case=cases[number], step=steps[number], payload=payload)
        leaves.append(canonical(leaf))
        sealed.append(ciphertexts)
    end_state = list(zip(cases, steps, strict=True))
    return Log(leaves, sealed, [signed(leaves, size) for size in SIZES], end_state)


def copy(log: Log) -> Log:
    return Log(
        [*log.leaves], [[*row] for row in log.sealed], [*log.checkpoints], [*log.end_state], [*(log.tiles or [])]
    )


def test_a_whole_log_verifies(whole: Log) -> None:
    report = whole.verify()

    assert report.findings == ()
    assert (report.verdict, report.verdict.exit_code) == (Verdict.VERIFIED, 0)
    assert (report.events, report.signed_size, report.unsigned) == (600, 580, 20)
    assert (report.checkpoints_matched, report.payloads_checked, report.payloads_absent) == (4, 1200, 0)
    assert report.resume == Frontier().append([leaf_hash(one) for one in whole.leaves[:580]])


def test_it_verifies_from_leaves_and_checkpoints_alone(whole: Log) -> None:
    report = whole.verify(tiles=None, sealed=None, end_state=())

    assert (report.verdict, report.payloads_checked, report.payloads_absent) == (Verdict.VERIFIED, 0, 0)


# One function for each way to tamper: it changes a copy of the log, somewhere in the part that was signed.


def _edited(leaf: bytes) -> bytes:
    """The same event with another time: still a well-formed leaf."""
    return canonical(replace(parse(leaf), ts=parse(leaf).ts + 1))


def bit_flip(log: Log, seed: random.Random) -> None:
    at = seed.randrange(580)
    leaf = bytearray(log.leaves[at])
    leaf[seed.randrange(len(leaf))] ^= 1 << seed.randrange(8)
    log.leaves[at] = bytes(leaf)


def edit(log: Log, seed: random.Random) -> None:
    at = seed.randrange(580)
    log.leaves[at] = _edited(log.leaves[at])


def delete_and_close_up(log: Log, seed: random.Random) -> None:
    at = seed.randrange(580)
    del log.leaves[at], log.sealed[at]


def delete_and_leave_a_gap(log: Log, seed: random.Random) -> None:
    at = seed.randrange(580)
    log.indexes = [index for index in range(EVENTS) if index != at]
    del log.leaves[at]


def insert(log: Log, seed: random.Random) -> None:
    at = seed.randrange(580)
    new = replace(parse(log.leaves[at]), id=UUID(int=parse(log.leaves[at]).id.int ^ 1), case=None, step=None)
    log.leaves.insert(at, canonical(new))
    log.sealed.insert(at, log.sealed[at])


def duplicate(log: Log, seed: random.Random) -> None:
    source, at = seed.randrange(580), seed.randrange(580)
    log.leaves.insert(at, log.leaves[source])
    log.sealed.insert(at, log.sealed[source])


def duplicate_under_its_own_index(log: Log, seed: random.Random) -> None:
    at = seed.randrange(580)
    log.leaves.insert(at, log.leaves[at])
    log.indexes = sorted([*range(EVENTS), at])


def swap(log: Log, seed: random.Random) -> None:
    one, other = seed.sample(range(580), 2)
    log.leaves[one], log.leaves[other] = log.leaves[other], log.leaves[one]
    log.sealed[one], log.sealed[other] = log.sealed[other], log.sealed[one]


def swap_with_indexes(log: Log, seed: random.Random) -> None:
    at = seed.randrange(579)
    log.indexes = [*range(at), at + 1, at, *range(at + 2, EVENTS)]


def truncate(log: Log, seed: random.Random) -> None:
    keep = seed.randrange(580)
    del log.leaves[keep:], log.sealed[keep:]
    log.tiles = tiles_over(log.leaves)
    log.end_state = []


def insider_rebuild(log: Log, seed: random.Random) -> None:
    """The operator edits an event and computes all hashes and tiles again, but cannot recall checkpoints."""
    edit(log, seed)
    log.tiles = tiles_over(log.leaves)


def insider_rebuild_of_one_tile(log: Log, seed: random.Random) -> None:
    at = seed.randrange(580)
    log.leaves[at] = _edited(log.leaves[at])
    assert log.tiles is not None
    log.tiles[at // 256] = tiles_over(log.leaves)[at // 256]


def tile_changed(log: Log, seed: random.Random) -> None:
    assert log.tiles is not None
    at = seed.randrange(len(log.tiles))
    tile = bytearray(log.tiles[at])
    tile[seed.randrange(len(tile))] ^= 1 << seed.randrange(8)
    log.tiles[at] = bytes(tile)


def tiles_cut(log: Log, seed: random.Random) -> None:
    assert log.tiles is not None
    log.tiles = [b"".join(log.tiles)[: seed.randrange(EVENTS * 32)]]


def key_swapped(log: Log, seed: random.Random) -> None:
    insider_rebuild(log, seed)
    impostor = Ed25519Signer(LOG.verifier.name, seed.randbytes(32))
    log.checkpoints = [signed(log.leaves, size, impostor) for size in SIZES]


def fork_shown_to_two_auditors(log: Log, seed: random.Random) -> None:
    """The operator has the signing key and tells another auditor another story; the two meet."""
    other = copy(log)
    insider_rebuild(other, seed)
    log.checkpoints.append(signed(other.leaves, 580))


def replayed_from_another_workspace(log: Log, seed: random.Random) -> None:
    """Everything is consistent, signed and well-formed, but some events are another workspace's."""
    at = seed.randrange(580)
    log.leaves[at] = canonical(replace(parse(log.leaves[at]), ws=UUID(int=7)))
    log.tiles = tiles_over(log.leaves)
    log.checkpoints = [signed(log.leaves, size) for size in SIZES]


def checkpoint_of_another_log(log: Log, seed: random.Random) -> None:
    head = Checkpoint("clinic.example/other", seed.choice(SIZES), seed.randbytes(32))
    log.checkpoints.append(sign_checkpoint(head, LOG))


def checkpoint_edited(log: Log, seed: random.Random) -> None:
    at = seed.randrange(len(SIZES))
    log.checkpoints[at] = log.checkpoints[at].replace(f"\n{SIZES[at]}\n", f"\n{SIZES[at] - 1}\n")


def old_checkpoint_with_a_new_tail(log: Log, seed: random.Random) -> None:
    """The operator goes back to the checkpoint at 256 and signs another tail; an auditor kept the one at 580."""
    at = seed.randrange(256, 580)
    log.leaves[at] = _edited(log.leaves[at])
    log.tiles = tiles_over(log.leaves)
    log.checkpoints = [*log.checkpoints[:3], signed(log.leaves, 570), signed(log.leaves, 600), log.checkpoints[3]]


def payload_swapped_between_events(log: Log, seed: random.Random) -> None:
    one, other = seed.sample(range(EVENTS), 2)
    log.sealed[one][0], log.sealed[other][0] = log.sealed[other][0], log.sealed[one][0]


def payload_sealed_again_under_another_key(log: Log, seed: random.Random) -> None:
    at = seed.randrange(EVENTS)
    log.sealed[at][0] = seed.randbytes(len(log.sealed[at][0]))


def payload_moved_within_an_event(log: Log, seed: random.Random) -> None:
    log.sealed[seed.randrange(EVENTS)].reverse()


def payload_added(log: Log, seed: random.Random) -> None:
    log.sealed[seed.randrange(EVENTS)].append(seed.randbytes(300))


def payload_of_no_event(log: Log, seed: random.Random) -> None:
    log.sealed.append([seed.randbytes(300)])


def _rebuilt_and_signed(log: Log) -> None:
    log.tiles = tiles_over(log.leaves)
    log.checkpoints = [signed(log.leaves, size) for size in SIZES if size <= len(log.leaves)]


def dropped_before_it_was_numbered(log: Log, seed: random.Random) -> None:
    """An insider removes a committed event before the sequencer sees it: the signed log is flawless but for the step."""
    at = seed.choice([at for at, leaf in enumerate(log.leaves) if parse(leaf).step is not None])
    del log.leaves[at], log.sealed[at]
    _rebuilt_and_signed(log)


def last_step_dropped_before_it_was_numbered(log: Log, seed: random.Random) -> None:
    case, last = seed.choice(log.end_state)
    at = next(at for at, leaf in enumerate(log.leaves) if (parse(leaf).case, parse(leaf).step) == (case, last))
    del log.leaves[at], log.sealed[at]
    _rebuilt_and_signed(log)


def numbered_twice(log: Log, seed: random.Random) -> None:
    """A faulty sequencer integrates one event twice, and it is signed like that."""
    at = seed.randrange(EVENTS)
    log.leaves.append(log.leaves[at])
    log.sealed.append(log.sealed[at])
    _rebuilt_and_signed(log)


Tampering = Callable[[Log, random.Random], None]

TAMPERINGS: dict[Tampering, FindingKind] = {
    bit_flip: FindingKind.ROOT_DIFFERS,
    edit: FindingKind.ROOT_DIFFERS,
    delete_and_close_up: FindingKind.ROOT_DIFFERS,
    delete_and_leave_a_gap: FindingKind.EVENTS_MISSING,
    insert: FindingKind.ROOT_DIFFERS,
    duplicate: FindingKind.EVENT_REPEATED,
    duplicate_under_its_own_index: FindingKind.EVENT_OUT_OF_ORDER,
    swap: FindingKind.ROOT_DIFFERS,
    swap_with_indexes: FindingKind.EVENT_OUT_OF_ORDER,
    truncate: FindingKind.EVENTS_MISSING,
    insider_rebuild: FindingKind.ROOT_DIFFERS,
    insider_rebuild_of_one_tile: FindingKind.ROOT_DIFFERS,
    tile_changed: FindingKind.EVENT_CHANGED,
    tiles_cut: FindingKind.HASHES_MISSING,
    key_swapped: FindingKind.CHECKPOINT_UNTRUSTED,
    fork_shown_to_two_auditors: FindingKind.CHECKPOINT_FORK,
    replayed_from_another_workspace: FindingKind.EVENT_FOREIGN,
    checkpoint_of_another_log: FindingKind.CHECKPOINT_UNTRUSTED,
    checkpoint_edited: FindingKind.CHECKPOINT_UNTRUSTED,
    old_checkpoint_with_a_new_tail: FindingKind.ROOT_DIFFERS,
    payload_swapped_between_events: FindingKind.PAYLOAD_DIFFERS,
    payload_sealed_again_under_another_key: FindingKind.PAYLOAD_DIFFERS,
    payload_moved_within_an_event: FindingKind.PAYLOAD_DIFFERS,
    payload_added: FindingKind.PAYLOAD_DIFFERS,
    payload_of_no_event: FindingKind.PAYLOAD_DIFFERS,
    dropped_before_it_was_numbered: FindingKind.STEP_MISSING,
    last_step_dropped_before_it_was_numbered: FindingKind.STEP_MISSING,
    numbered_twice: FindingKind.EVENT_REPEATED,
}


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda one: one.__name__)
def test_every_tampering_is_found(whole: Log, tamper: Tampering) -> None:
    for trial in range(12):
        log = copy(whole)
        tamper(log, random.Random(f"{tamper.__name__} {trial}"))
        report = log.verify()

        assert (report.verdict, report.verdict.exit_code) == (Verdict.REFUTED, 1), trial
        assert TAMPERINGS[tamper] in {one.kind for one in report.findings}, trial


@pytest.mark.parametrize("at", [0, 63, 64, 129, 255, 256, 400, 579])
def test_stored_hashes_name_the_very_event(whole: Log, at: int) -> None:
    log = copy(whole)
    log.leaves[at] = _edited(log.leaves[at])

    changed, root = log.verify().findings
    assert (changed.kind, changed.first, changed.end) == (FindingKind.EVENT_CHANGED, at, at + 1)
    assert root.kind is FindingKind.ROOT_DIFFERS
    assert "exactly the events that differ" in root.says


@pytest.mark.parametrize(
    ("at", "first", "end"), [(0, 0, 64), (63, 0, 64), (64, 64, 130), (255, 130, 256), (579, 256, 580)]
)
def test_without_them_the_checkpoints_give_the_range(whole: Log, at: int, first: int, end: int) -> None:
    log = copy(whole)
    log.leaves[at] = _edited(log.leaves[at])

    (finding,) = log.verify(tiles=None).findings
    assert (finding.first, finding.end) == (first, end)
    assert "no stored hashes" in finding.says


def test_an_insider_who_rebuilt_the_tiles_is_told_apart(whole: Log) -> None:
    log = copy(whole)
    insider_rebuild(log, random.Random(1))

    (finding,) = log.verify().findings
    assert "stored hashes were changed as well" in finding.says


def test_stored_hashes_that_were_changed_elsewhere_are_not_relied_on(whole: Log) -> None:
    log = copy(whole)
    log.leaves[10] = _edited(log.leaves[10])
    assert log.tiles is not None
    log.tiles[0] = log.tiles[0][: 20 * 32] + bytes(32) + log.tiles[0][21 * 32 :]

    findings = log.verify().findings
    assert [one.first for one in findings if one.kind is FindingKind.EVENT_CHANGED] == [10, 20]
    assert ["changed as well" in one.says for one in findings if one.kind is FindingKind.ROOT_DIFFERS] == [True]


def test_a_payload_stored_twice_is_found(whole: Log) -> None:
    rows = [(index, place, one) for index, row in enumerate(whole.sealed) for place, one in enumerate(row)]
    rows[1] = rows[0]

    report = whole.verify(sealed=rows)
    assert [(one.kind, one.first) for one in report.findings] == [(FindingKind.PAYLOAD_DIFFERS, 0)]
    assert report.payloads_absent == 1


def test_a_missing_event_does_not_hide_a_changed_one(whole: Log) -> None:
    log = copy(whole)
    log.indexes = [index for index in range(EVENTS) if index != 100]
    log.leaves[300] = _edited(log.leaves[300])
    del log.leaves[100]

    findings = log.verify().findings
    assert {(one.kind, one.first, one.end) for one in findings} >= {
        (FindingKind.EVENTS_MISSING, 100, 101),
        (FindingKind.EVENT_CHANGED, 300, 301),
    }
    assert any("exactly the events that differ" in one.says for one in findings)


def test_what_was_never_signed_proves_nothing_and_the_report_says_so(whole: Log) -> None:
    log = copy(whole)
    log.leaves[590] = _edited(log.leaves[590])
    log.tiles = tiles_over(log.leaves)

    report = log.verify()
    assert (report.verdict, report.signed_size, report.unsigned) == (Verdict.VERIFIED, 580, 20)


def test_without_a_checkpoint_nothing_can_be_told(whole: Log) -> None:
    report = whole.verify(checkpoints=[])

    assert (report.verdict, report.verdict.exit_code) == (Verdict.UNKNOWN, 2)
    assert report.unsigned == EVENTS


def test_an_empty_log_verifies_against_its_empty_checkpoint() -> None:
    empty = Log([], [], [signed([], 0)])

    assert empty.verify().verdict is Verdict.VERIFIED
    assert Log([], [], []).verify().verdict is Verdict.UNKNOWN


def test_checkpoints_may_come_in_any_order_and_twice(whole: Log) -> None:
    notes = [*whole.checkpoints, *whole.checkpoints]
    random.Random(5).shuffle(notes)

    assert whole.verify(checkpoints=notes).checkpoints_matched == 4


def test_steps_may_be_numbered_in_any_order(whole: Log) -> None:
    log = copy(whole)
    random.Random(6).shuffle(log.leaves)
    _rebuilt_and_signed(log)

    assert log.verify(sealed=None).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("checkpoint", [0, 1, 2, 3])
def test_a_log_can_be_verified_in_parts(whole: Log, checkpoint: int) -> None:
    size = SIZES[checkpoint]
    first = whole.verify(checkpoints=whole.checkpoints[: checkpoint + 1])
    assert first.resume.size == size

    def rest(log: Log) -> Report:
        assert log.tiles is not None
        sealed = [(index, place, one) for index in range(size, EVENTS) for place, one in enumerate(log.sealed[index])]
        leaves = list(enumerate(log.leaves))[size:]
        return log.verify(start=first.resume, leaves=leaves, tiles=log.tiles[size // 256 :], sealed=sealed)

    report = rest(whole)
    assert report.findings == ()
    assert (report.events, report.signed_size) == (EVENTS - size, 580)

    changed = copy(whole)
    changed.leaves[590] = _edited(changed.leaves[590])
    assert [(one.kind, one.first) for one in rest(changed).findings] == [(FindingKind.EVENT_CHANGED, 590)]


def test_a_step_missing_after_the_resumed_place_is_found(whole: Log) -> None:
    first = whole.verify(checkpoints=whole.checkpoints[:3])
    steps = [(at, parse(leaf)) for at, leaf in enumerate(whole.leaves) if at >= 256]
    case = next(
        leaf.case
        for _, leaf in steps
        if sum(other.case == leaf.case and other.step is not None for _, other in steps) >= 4
    )
    own = [at for at, leaf in steps if leaf.case == case and leaf.step is not None]
    log = copy(whole)
    del log.leaves[own[1]]
    _rebuilt_and_signed(log)

    report = log.verify(start=first.resume, leaves=list(enumerate(log.leaves))[256:], tiles=None, sealed=None)
    assert [(one.kind, one.case) for one in report.findings] == [(FindingKind.STEP_MISSING, case)]


def test_deleted_payloads_are_counted_and_not_refuted(whole: Log) -> None:
    sealed = [
        (index, place, None if index < 10 else one)
        for index, row in enumerate(whole.sealed)
        for place, one in enumerate(row)
    ]
    report = whole.verify(sealed=[row for row in sealed if row[0] >= 5])

    assert (report.verdict, report.payloads_checked, report.payloads_absent) == (Verdict.VERIFIED, 1180, 20)


def test_a_flood_of_findings_is_counted_but_not_kept(whole: Log) -> None:
    log = copy(whole)
    for at in range(0, 200, 2):
        log.leaves[at] = _edited(log.leaves[at])
    report = log.verify(limit=3)

    assert [one.first for one in report.findings if one.kind is FindingKind.EVENT_CHANGED] == [0, 2, 4]
    assert FindingKind.ROOT_DIFFERS in {one.kind for one in report.findings}
    assert report.found == 101


def test_neighbouring_events_make_one_finding(whole: Log) -> None:
    (finding,) = whole.verify(workspace=UUID(int=8)).findings

    assert (finding.kind, finding.first, finding.end) == (FindingKind.EVENT_FOREIGN, 0, EVENTS)


def test_an_absurd_index_is_a_finding(whole: Log) -> None:
    rows = [
        *enumerate(whole.leaves[:580]),
        (2**80, whole.leaves[580]),
        (-1, whole.leaves[581]),
        (10**15, whole.leaves[582]),
    ]
    kinds = [one.kind for one in whole.verify(leaves=rows, sealed=None, end_state=()).findings]

    assert kinds.count(FindingKind.EVENT_OUT_OF_ORDER) == 2
    assert FindingKind.EVENTS_MISSING in kinds


def test_no_finding_quotes_the_bytes_of_a_leaf(whole: Log) -> None:
    log = copy(whole)
    log.leaves[3] = b'{"note":"Maria Gonzalez, MRN 00482913"}'
    log.checkpoints.append("Maria Gonzalez\n\n— Maria Gonzalez AAAAAAAA\n")

    assert "Maria" not in str(log.verify())


def one_case(log: Log, changes: Callable[[list[tuple[int | None, bytes]]], None] = lambda _: None) -> CaseReport:
    """The report on the first case, after `changes` were made to what is stored of it."""
    case, last = log.end_state[0]
    rows: list[tuple[int | None, bytes]] = [
        (at, leaf) for at, leaf in enumerate(log.leaves) if parse(leaf).case == case
    ]
    changes(rows)
    tiles = {
        (tile.level, tile.index): row for tile, row in grow(0, [leaf_hash(one) for one in log.leaves], lambda *_: b"")
    }
    return verify_case(
        rows,
        log.checkpoints[-1],
        case=case,
        log=LOG.verifier,
        workspace=WORKSPACE,
        node=node_reader(lambda level, index: tiles[level, index]),
        last_step=last,
    )


def test_one_case_verifies_without_the_rest_of_the_log(whole: Log) -> None:
    report = one_case(whole)

    assert (report.verdict, report.findings) == (Verdict.VERIFIED, ())
    assert report.proven + report.unsigned == report.events
    assert report.proven > 10


def test_an_event_that_has_no_number_yet_is_not_proven(whole: Log) -> None:
    report = one_case(whole, lambda rows: rows.append((None, rows.pop()[1])))

    assert (report.verdict, report.unsigned >= 1) == (Verdict.VERIFIED, True)


def _forget(rows: list[tuple[int | None, bytes]]) -> None:
    del rows[next(at for at, (_, leaf) in enumerate(rows) if parse(leaf).step is not None)]


def _forget_the_last(rows: list[tuple[int | None, bytes]]) -> None:
    del rows[max(at for at, (_, leaf) in enumerate(rows) if parse(leaf).step is not None)]


def _change(rows: list[tuple[int | None, bytes]]) -> None:
    rows[0] = (rows[0][0], _edited(rows[0][1]))


def _move(rows: list[tuple[int | None, bytes]]) -> None:
    rows[0], rows[1] = (rows[0][0], rows[1][1]), (rows[1][0], rows[0][1])


def _spoil(rows: list[tuple[int | None, bytes]]) -> None:
    rows[0] = (rows[0][0], b"{}")


def _bring_from_another_case(rows: list[tuple[int | None, bytes]]) -> None:
    other = replace(parse(rows[0][1]), case=UUID("0190a1b2-0000-7000-8000-0000000000ff"))
    rows.append((None, canonical(other)))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        (_forget, FindingKind.STEP_MISSING),
        (_forget_the_last, FindingKind.STEP_MISSING),
        (lambda rows: rows.extend(row for row in list(rows) if parse(row[1]).step == 1), FindingKind.STEP_REPEATED),
        (_change, FindingKind.EVENT_CHANGED),
        (_move, FindingKind.EVENT_CHANGED),
        (_spoil, FindingKind.EVENT_MALFORMED),
        (_bring_from_another_case, FindingKind.EVENT_FOREIGN),
    ],
)
def test_tampering_with_one_case_is_found(
    whole: Log, changes: Callable[[list[tuple[int | None, bytes]]], None], kind: FindingKind
) -> None:
    report = one_case(whole, changes)

    assert report.verdict is Verdict.REFUTED
    assert kind in {one.kind for one in report.findings}
