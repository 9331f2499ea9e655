"""Verifying a log: which events were changed, removed, added or moved since they were signed.

`verify_log` makes one pass over the events in order, in memory that grows with the number of cases and 16 bytes
an event. What is checked:

1. each checkpoint is signed by the log's own key, names this log, and none contradicts another;
2. each leaf is in canonical form and belongs to this workspace, and no event id comes twice;
3. the root over the events equals the signed root at the size of each checkpoint;
4. each leaf equals its stored hash, which tells *where* a root went wrong;
5. the steps of each case are contiguous, and end where the stored case says;
6. each ciphertext is the one its leaf names;
7. whatever else the caller stores beside a leaf says the same as the leaf (`beside`).

The caller still owes: keys from a trusted place (not from beside the log), and checkpoints that
left the machine. Events after the last checkpoint are checked for 2 and 4 to 7 only; `Report`
says how many they are. An operator may rebuild those at will.
"""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Final
from uuid import UUID

from vouchsafe.evidence.checkpoint import Checkpoint, open_checkpoint
from vouchsafe.evidence.leaf import Head, LeafError, leaf_hash, names_objects, read_head, read_seals
from vouchsafe.evidence.merkle import HASH_BYTES, Frontier, NodeReader, ProofError, check_inclusion, inclusion_proof
from vouchsafe.evidence.note import NoteError, Verifier
from vouchsafe.evidence.tiles import TILE_WIDTH

_BATCH: Final = 4096  # leaf hashes held before they are folded into the tree
_NEVER: Final = 2**63  # no checkpoint is due any more
_SORTED_AT_ONCE: Final = 1_000_000  # ids compared at a time; bounds the memory of the search for repeats


Beside = Callable[[Head, bytes, bytes], str | None]
"""Told head, bytes and hash of each well-formed leaf in turn; says what is wrong with what is beside it, or None."""


class FindingKind(StrEnum):
    """What is wrong with a log."""

    CHECKPOINT_UNTRUSTED = "checkpoint-untrusted"
    CHECKPOINT_FORK = "checkpoint-fork"
    ROOT_DIFFERS = "root-differs"
    EVENTS_MISSING = "events-missing"
    EVENT_OUT_OF_ORDER = "event-out-of-order"
    EVENT_CHANGED = "event-changed"
    EVENT_MALFORMED = "event-malformed"
    EVENT_REPEATED = "event-repeated"
    EVENT_FOREIGN = "event-foreign"
    HASHES_MISSING = "hashes-missing"
    STEP_MISSING = "step-missing"
    STEP_REPEATED = "step-repeated"
    PAYLOAD_DIFFERS = "payload-differs"
    COLUMN_DIFFERS = "column-differs"
    EVENT_UNLOGGED = "event-unlogged"
    OBJECT_DIFFERS = "object-differs"
    OBJECT_MISSING = "object-missing"


class Verdict(StrEnum):
    """The answer in one word."""

    VERIFIED = "verified"
    REFUTED = "refuted"
    UNKNOWN = "unknown"

    @property
    def exit_code(self) -> int:
        """0 verified, 1 refuted, 2 cannot tell (notes: evidence, section 6)."""
        return {Verdict.VERIFIED: 0, Verdict.REFUTED: 1, Verdict.UNKNOWN: 2}[self]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, at the events [first, end) if it has a place."""

    kind: FindingKind
    says: str
    first: int | None = None
    end: int | None = None
    case: UUID | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What one pass over a log found.

    `events`: leaves read. `signed_size`: size of the largest checkpoint that the events fit.
    `resume`: the tree at that size; keep it to verify only what follows next time.
    `findings`: in the order found, up to the limit of each kind; `found` counts all.
    """

    events: int
    signed_size: int
    resume: Frontier
    findings: tuple[Finding, ...]
    found: int
    checkpoints_matched: int
    payloads_checked: int
    payloads_absent: int
    unsigned: int
    """Events after the last matching checkpoint: order and origin are not proven for these."""

    @property
    def verdict(self) -> Verdict:
        """REFUTED if anything is wrong; UNKNOWN if no checkpoint covers the events."""
        if self.found:
            return Verdict.REFUTED
        return Verdict.VERIFIED if self.checkpoints_matched else Verdict.UNKNOWN


def verify_log(
    leaves: Iterable[tuple[int, bytes]],
    checkpoints: Iterable[str | bytes],
    *,
    log: Verifier,
    workspace: UUID,
    tiles: Iterable[bytes] | None = None,
    sealed: Iterable[tuple[int, int, bytes | None]] | None = None,
    end_state: Iterable[tuple[UUID, int]] = (),
    beside: Beside | None = None,
    start: Frontier | None = None,
    limit: int = 100,
) -> Report:
    """Check a log as the module says and report; never raises for what the log holds.

    `leaves`: (index, canonical bytes) in the order of the index. `checkpoints`: signed notes of
    this log in any order, also those that auditors kept. `log`: its key, with its origin as name.
    `tiles`: the stored tiles of level 0 in order, from the one that leaf `start.size` is in. `sealed`: (index,
    position in the leaf, ciphertext, or None if it was deleted) in that order. `end_state`: for
    cases without pending events, the last step that the case table knows. `beside`: called for each
    leaf that is in canonical form, right after it was taken from `leaves`. `start`: the `resume`
    of an earlier report; then `leaves` begin at its size and smaller checkpoints are passed over.
    """
    notebook = _Notebook(limit)
    trusted = _trusted(checkpoints, log, notebook)
    begin = start or Frontier()
    walk = _Walk(begin, trusted, workspace=workspace, notebook=notebook, tiles=tiles, sealed=sealed, beside=beside)
    for index, data in leaves:
        walk.take(index, data)
    walk.finish(end_state)
    return Report(
        events=walk.events,
        signed_size=walk.good.size,
        resume=walk.good,
        findings=tuple(notebook.findings),
        found=notebook.found,
        checkpoints_matched=walk.matched,
        payloads_checked=walk.payloads.checked,
        payloads_absent=walk.payloads.absent,
        unsigned=walk.position - walk.good.size,
    )


@dataclass(frozen=True, slots=True)
class CaseReport:
    """What the events of one case show: `proven` of `events` stand under the checkpoint, `unsigned` came later."""

    events: int
    proven: int
    unsigned: int
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """REFUTED if anything is wrong; UNKNOWN if nothing is proven yet."""
        if self.findings:
            return Verdict.REFUTED
        return Verdict.VERIFIED if self.proven else Verdict.UNKNOWN


def verify_case(
    leaves: Iterable[tuple[int | None, bytes]],
    checkpoint: str | bytes,
    *,
    case: UUID,
    log: Verifier,
    workspace: UUID,
    node: NodeReader,
    last_step: int | None = None,
    beside: Beside | None = None,
) -> CaseReport:
    """Check all events of one case against one checkpoint, without reading the rest of the log.

    `leaves`: (index, or None while it is not numbered, canonical bytes). `node`: see
    `tiles.node_reader`. `last_step`: what the case table says, if it says anything. `beside`: see
    `verify_log`. That no event without a step was taken from the case only the whole log can tell.
    Raises: NoteError if the checkpoint is not the log's; TileError if tiles are missing.
    """
    head = open_checkpoint(checkpoint, log).checkpoint
    notebook = _Notebook(limit=100)
    steps = _Steps(notebook, resumed=False)
    events = proven = unsigned = 0
    for index, data in leaves:
        events += 1
        place = None if index is None else index + 1
        try:
            read = read_head(data)
        except LeafError as error:
            notebook.note(Finding(FindingKind.EVENT_MALFORMED, f"{error}", index, place, case))
            continue
        if (read.ws, read.case) != (str(workspace).encode(), str(case).encode()):
            says = "the event belongs to another case or workspace"
            notebook.note(Finding(FindingKind.EVENT_FOREIGN, says, index, place, case))
        elif read.step is not None:
            steps.add(index, str(case).encode(), read.step)
        if beside is not None and (wrong := beside(read, data, leaf_hash(data))) is not None:
            notebook.note(Finding(FindingKind.COLUMN_DIFFERS, wrong, index, place, case))
        if index is None or index >= head.size:
            unsigned += 1
        elif _is_included(index, data, head, node):
            proven += 1
        else:
            says = "the event is not the one that was signed at this place"
            notebook.note(Finding(FindingKind.EVENT_CHANGED, says, index, place, case))
    steps.finish(() if last_step is None else [(case, last_step)])
    return CaseReport(events, proven, unsigned, tuple(notebook.findings))


def _is_included(index: int, data: bytes, head: Checkpoint, node: NodeReader) -> bool:
    try:
        check_inclusion(leaf_hash(data), index, head.size, inclusion_proof(index, head.size, node), head.root)
    except ProofError:
        return False
    return True


class _Notebook:
    """Collects findings; equal ones at neighbouring events become one, and each kind keeps the first `limit`."""

    def __init__(self, limit: int) -> None:
        self.findings: list[Finding] = []
        self.found = 0
        self._limit = limit
        self._kept: dict[FindingKind, int] = {}
        self._last: dict[FindingKind, tuple[Finding, int | None]] = {}  # and its place in `findings`, if kept

    def note(self, finding: Finding) -> None:
        last, place = self._last.get(finding.kind, (None, None))
        if (
            last is not None
            and finding.first is not None
            and last == replace(finding, first=last.first, end=finding.first)
        ):
            finding = replace(finding, first=last.first)
            if place is not None:
                self.findings[place] = finding
        else:
            self.found += 1
            kept = self._kept.get(finding.kind, 0)
            place = len(self.findings) if kept < self._limit else None
            if place is not None:
                self._kept[finding.kind] = kept + 1
                self.findings.append(finding)
        self._last[finding.kind] = (finding, place)


def _trusted(notes: Iterable[str | bytes], log: Verifier, notebook: _Notebook) -> list[Checkpoint]:
    """1. The checkpoints of this log, one for each size, smallest first."""
    by_size: dict[int, Checkpoint] = {}
    for number, note in enumerate(notes, start=1):
        try:
            checkpoint = open_checkpoint(note, log).checkpoint
        except NoteError as error:
            says = f"checkpoint {number} is not to be trusted: {error}"
            notebook.note(Finding(FindingKind.CHECKPOINT_UNTRUSTED, says))
            continue
        other = by_size.setdefault(checkpoint.size, checkpoint)
        if other.root != checkpoint.root:
            says = f"the log signed two different trees of {checkpoint.size} events"
            notebook.note(Finding(FindingKind.CHECKPOINT_FORK, says, first=0, end=checkpoint.size))
    return [by_size[size] for size in sorted(by_size)]


class _Walk:
    """The state of one pass: the tree so far, what is due next, and the helpers that look at other things."""

    def __init__(
        self,
        begin: Frontier,
        trusted: list[Checkpoint],
        *,
        workspace: UUID,
        notebook: _Notebook,
        tiles: Iterable[bytes] | None,
        sealed: Iterable[tuple[int, int, bytes | None]] | None,
        beside: Beside | None,
    ) -> None:
        self.position = begin.size
        self.events = 0
        self.matched = 0
        self.good = begin
        self.payloads = _Payloads(sealed, notebook)
        self._workspace = str(workspace).encode()
        self._notebook = notebook
        self._beside = beside
        self._steps = _Steps(notebook, resumed=begin.size > 0)
        self._ids = _Ids()
        self._tree: Frontier | None = begin  # None once a gap made its root impossible to know
        self._stored = _StoredHashes(tiles, begin, notebook)
        self._batch: list[bytes] = []
        self._checkpoints = [one for one in reversed(trusted) if one.size >= begin.size]
        self._differs = False
        self._skip_or_compare()

    def take(self, index: int, data: bytes) -> None:
        """Look at the next leaf."""
        self.events += 1
        if index != self.position and not self._jumped(index):
            return
        own_hash = leaf_hash(data)
        self._batch.append(own_hash)
        self.position = index + 1
        try:
            head = read_head(data)
        except LeafError as error:
            self._note(FindingKind.EVENT_MALFORMED, f"{error}", index)
        else:
            if head.ws != self._workspace:
                self._note(FindingKind.EVENT_FOREIGN, "the event belongs to another workspace", index)
            self._ids.add(index, head.id)
            if head.step is not None and head.case is not None:
                self._steps.add(index, head.case, head.step)
            self.payloads.check(index, head, data)
            if self._beside is not None and (says := self._beside(head, data, own_hash)) is not None:
                self._note(FindingKind.COLUMN_DIFFERS, says, index)
        if self.position == self._due or len(self._batch) >= _BATCH:
            self._fold()

    def finish(self, end_state: Iterable[tuple[UUID, int]]) -> None:
        """Look at what only the end of the log can tell."""
        self._fold()
        if self._checkpoints:
            size = self._checkpoints[0].size
            says = f"{size - self.position} events that were signed are missing at the end"
            self._notebook.note(Finding(FindingKind.EVENTS_MISSING, says, self.position, size))
        self._steps.finish(end_state)
        self.payloads.finish()
        for index in self._ids.repeated():
            self._note(FindingKind.EVENT_REPEATED, "an event with this id stands in the log twice", index)

    def _jumped(self, index: int) -> bool:
        """Note a leaf that is not the next one; True if it lies ahead, so that the walk goes on from it."""
        if not self.position < index < _NEVER:
            self._note(FindingKind.EVENT_OUT_OF_ORDER, "a second event claims a place that is taken", index)
            return False
        self._fold()
        says = f"{index - self.position} events are missing"
        self._notebook.note(Finding(FindingKind.EVENTS_MISSING, says, self.position, index))
        tree, self._tree = self._tree, None
        self._stored.skip(index - self.position, tree)
        self.position = index
        while self._checkpoints and self._checkpoints[-1].size < index:
            self._checkpoints.pop()
        self._skip_or_compare()
        return True

    def _fold(self) -> None:
        """3 and 4. Add the batch to the tree, after comparing it with the stored hashes."""
        if self._batch:
            self._stored.compare(self.position - len(self._batch), self._batch, self._tree)
            if self._tree is not None:
                self._tree = self._tree.append(self._batch)
            self._batch = []
        self._skip_or_compare()

    def _skip_or_compare(self) -> None:
        if self._checkpoints and self._checkpoints[-1].size == self.position:
            self._compare_root(self._checkpoints.pop())
        self._due = self._checkpoints[-1].size if self._checkpoints else _NEVER

    def _compare_root(self, checkpoint: Checkpoint) -> None:
        if self._tree is not None and self._tree.root == checkpoint.root:
            self.matched += 1
            self.good = self._tree
        elif not self._differs:
            # Every later root differs as well; the first one has the narrowest range.
            self._differs = True
            says = "the events are not those that were signed; " + self._stored.explain(checkpoint)
            self._notebook.note(Finding(FindingKind.ROOT_DIFFERS, says, self.good.size, checkpoint.size))

    def _note(self, kind: FindingKind, says: str, index: int) -> None:
        self._notebook.note(Finding(kind, says, index, index + 1))


class _StoredHashes:
    """4. The stored leaf hashes, read beside the leaves; a tree of their own is kept once they differ."""

    def __init__(self, tiles: Iterable[bytes] | None, begin: Frontier, notebook: _Notebook) -> None:
        self._tiles = None if tiles is None else iter(tiles)
        self._rest = b""
        self._notebook = notebook
        self._tree: Frontier | None = None  # while it is None, the stored hashes equal those of the leaves
        self._read(begin.size % TILE_WIDTH)  # hashes of the first tile that lie before the walk

    def compare(self, first: int, hashes: list[bytes], tree: Frontier | None) -> None:
        """Compare the next hashes with those of the leaves from `first` on; `tree` is the one before them."""
        if self._tiles is None:
            return
        stored = self._read(len(hashes))
        if stored != b"".join(hashes):
            self._tree = self._tree or tree
            rows = _rows(stored)
            for index, (kept, found) in enumerate(zip(rows, hashes, strict=False), start=first):
                if kept != found:
                    says = "the event does not have the hash that is stored for it"
                    self._notebook.note(Finding(FindingKind.EVENT_CHANGED, says, index, index + 1))
            if len(rows) < len(hashes):
                self._give_up(first + len(rows))
        self._append(stored)

    def skip(self, count: int, tree: Frontier | None) -> None:
        """Read past the hashes of leaves that are missing; `tree` is the one before them."""
        self._tree = self._tree or tree
        while self._tiles is not None and count > 0:
            stored = self._read(min(count, _BATCH))
            if not stored:
                self._give_up(None)
                return
            self._append(stored)
            count -= len(stored) // HASH_BYTES

    def explain(self, checkpoint: Checkpoint) -> str:
        """What the stored hashes say about a root that differs."""
        if self._tiles is None:
            return "there are no stored hashes to tell which"
        if self._tree is not None and self._tree.size == checkpoint.size and self._tree.root == checkpoint.root:
            return "the stored hashes are the signed ones, so exactly the events that differ from them were touched"
        return "the stored hashes were changed as well"

    def _append(self, stored: bytes) -> None:
        if self._tree is not None:
            self._tree = self._tree.append(_rows(stored))

    def _read(self, count: int) -> bytes:
        """Up to `count` whole hashes; fewer only when the tiles end."""
        parts, missing = [self._rest], count * HASH_BYTES - len(self._rest)
        while missing > 0 and self._tiles is not None:
            tile = next(self._tiles, None)
            if tile is None:
                break
            parts.append(tile)
            missing -= len(tile)
        whole = b"".join(parts)
        end = min(count * HASH_BYTES, len(whole) - len(whole) % HASH_BYTES)
        self._rest = whole[end:]
        return whole[:end]

    def _give_up(self, index: int | None) -> None:
        self._notebook.note(Finding(FindingKind.HASHES_MISSING, "the stored tiles end before the events", index))
        self._tiles = None


class _Steps:
    """5. The step counters of all cases. Steps may stand in the log in any order, since it is filled in any order."""

    def __init__(self, notebook: _Notebook, *, resumed: bool) -> None:
        self._notebook = notebook
        self._resumed = resumed
        self._reached: dict[bytes, int] = {}  # all steps up to here were seen
        self._ahead: dict[bytes, set[int]] = {}  # seen beyond that

    def add(self, index: int | None, case: bytes, step: int) -> None:
        reached = self._reached.get(case, 0)
        if step == reached + 1:
            self._reached[case] = step
            if case in self._ahead:
                self._close(case)
            return
        ahead = self._ahead.setdefault(case, set())
        if step <= reached or step in ahead:
            says = f"step {step} of the case stands in the log twice"
            place = None if index is None else index + 1
            self._notebook.note(Finding(FindingKind.STEP_REPEATED, says, index, place, _case_id(case)))
        else:
            ahead.add(step)
        if not ahead:
            del self._ahead[case]

    def finish(self, end_state: Iterable[tuple[UUID, int]]) -> None:
        for case in list(self._ahead):
            if self._resumed and case not in self._reached:
                # The earlier steps lie before this pass; it can check contiguity from the first one it saw.
                self._reached[case] = min(self._ahead[case]) - 1
                self._close(case)
            if ahead := self._ahead.get(case):
                says = f"after step {self._reached.get(case, 0)} of the case comes step {min(ahead)}"
                self._notebook.note(Finding(FindingKind.STEP_MISSING, says, case=_case_id(case)))
        for case_id, last in end_state:
            case = str(case_id).encode()
            reached = self._reached.get(case, 0)
            if case not in self._ahead and reached != last and (reached or not self._resumed):
                says = f"the case stands at step {last}, the log at step {reached}"
                self._notebook.note(Finding(FindingKind.STEP_MISSING, says, case=case_id))

    def _close(self, case: bytes) -> None:
        """Move up over steps that came early."""
        ahead, reached = self._ahead[case], self._reached[case]
        while reached + 1 in ahead:
            reached += 1
            ahead.remove(reached)
        self._reached[case] = reached
        if not ahead:
            del self._ahead[case]


class _Ids:
    """2. A 64-bit hash of each event id: 8 bytes an event instead of about a hundred.

    Python's own hash of bytes is keyed afresh in each process, so nobody can prepare two ids that
    seem equal; by chance it happens in about one of thirty million logs of a million events.
    """

    def __init__(self) -> None:
        self._hashes = array("q")
        self._indexes = array("q")

    def add(self, index: int, own: bytes) -> None:
        self._hashes.append(hash(own))
        self._indexes.append(index)

    def repeated(self) -> Iterator[int]:
        """The index of each event whose id stood earlier in the log."""
        groups = len(self._hashes) // _SORTED_AT_ONCE + 1
        twice: set[int] = set()
        for group in range(groups):
            own = sorted(one for one in self._hashes if one % groups == group)
            twice.update(one for one, following in pairwise(own) if one == following)
        seen: set[int] = set()
        for one, index in zip(self._hashes, self._indexes, strict=True):
            if one in twice:
                if one in seen:
                    yield index
                seen.add(one)


class _Payloads:
    """6. The ciphertexts, read beside the leaves."""

    def __init__(self, sealed: Iterable[tuple[int, int, bytes | None]] | None, notebook: _Notebook) -> None:
        self._sealed = None if sealed is None else iter(sealed)
        self._next = None if self._sealed is None else next(self._sealed, None)
        self._notebook = notebook
        self.checked = 0
        self.absent = 0

    def check(self, index: int, head: Head, data: bytes) -> None:
        if self._sealed is None:
            return
        self._drop_before(index)
        seals = read_seals(data)
        if names_objects(head):
            # The others are files, which stand outside the database; see `beside`.
            seals = seals[:1]
        seen: set[int] = set()
        while self._next is not None and self._next[0] == index:
            _, position, ciphertext = self._next
            if not 0 <= position < len(seals) or position in seen:
                self._note(index, "more payloads are stored than the event names")
            elif ciphertext is None:
                self.absent += 1
            elif seals[position] != (hashlib.sha256(ciphertext).hexdigest(), len(ciphertext)):
                self._note(index, "a payload is not the one that the event names")
            else:
                self.checked += 1
            seen.add(position)
            self._next = next(self._sealed, None)
        self.absent += sum(position not in seen for position in range(len(seals)))

    def finish(self) -> None:
        self._drop_before(_NEVER)

    def _drop_before(self, index: int) -> None:
        while self._sealed is not None and self._next is not None and self._next[0] < index:
            self._note(self._next[0], "a payload is stored for an event that is not there")
            self._next = next(self._sealed, None)

    def _note(self, index: int, says: str) -> None:
        self._notebook.note(Finding(FindingKind.PAYLOAD_DIFFERS, says, index, index + 1))


def _rows(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def _case_id(case: bytes) -> UUID:
    return UUID(case.decode())
