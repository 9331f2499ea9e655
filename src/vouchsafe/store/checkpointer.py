"""Signs the head of a workspace's log, never one smaller than or inconsistent with the last signed."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.ids import WorkspaceId
from vouchsafe.evidence.checkpoint import Checkpoint, check_successor, log_origin, sign_checkpoint
from vouchsafe.evidence.merkle import ProofError, consistency_proof
from vouchsafe.evidence.note import Ed25519Signer, Verifier
from vouchsafe.evidence.tiles import node_reader
from vouchsafe.ports.clock import Clock
from vouchsafe.ports.keys import KeyStore
from vouchsafe.store import schema
from vouchsafe.store.sequencer import read_head, tile_reader

EVERY = timedelta(seconds=60)
OR_EVENTS = 1_000


class LogForked(VouchsafeError):
    """The log is smaller than, or does not contain, what was signed before: somebody changed or restored it."""


def signer(keys: KeyStore, workspace: WorkspaceId, domain: str) -> Ed25519Signer:
    """The log's signing key under the name that checkpoints carry."""
    return Ed25519Signer(log_origin(domain, workspace), keys.checkpoint_key(workspace))


def verifier(keys: KeyStore, workspace: WorkspaceId, domain: str) -> Verifier:
    """The public half, which goes to whoever verifies."""
    return signer(keys, workspace, domain).verifier


def is_due(connection: Connection, now: datetime, keys: KeyStore, workspace: WorkspaceId) -> bool:
    """Whether a checkpoint is due: events since the last one, and 60 s or 1,000 of them.

    At once where the key folder is ahead: whoever died between the two left a size that was signed and no checkpoint
    that proves it, and until one does the log looks like one that lost events.
    """
    head = read_head(connection)
    if head is None:
        return False
    table = schema.checkpoint
    size, at = connection.execute(select(func.max(table.c.size), func.max(table.c.at))).one()
    if size is None or keys.last_signed(workspace)[0] > size:
        return True
    return bool(head.size > size and (head.size - size >= OR_EVENTS or now - at >= EVERY))


def sign(
    connection: Connection, keys: KeyStore, workspace: WorkspaceId, domain: str, clock: Clock
) -> Checkpoint | None:
    """Sign the log's head and store the note; None when there is nothing new.

    The key store remembers the size before the signature is handed out.
    Raises: LogForked if the log no longer contains what was signed before.
    """
    head = read_head(connection)
    key = signer(keys, workspace, domain)
    size, root = keys.last_signed(workspace)
    if head is None:
        if size:
            raise LogForked(f"the log is empty but {size} events were signed; restore the database, do not go on")
        return None
    following = Checkpoint(key.verifier.name, head.size, head.root)
    if head.size == size and head.root == root and _stored(connection, size):
        return None
    if size:
        try:
            proof = consistency_proof(size, head.size, node_reader(tile_reader(connection)))
            check_successor(Checkpoint(key.verifier.name, size, root), following, proof)
        except ProofError as error:
            raise LogForked(
                f"the log does not contain the {size} events signed before; run vouchsafe verify, sign nothing"
            ) from error
    keys.remember_signed(workspace, head.size, head.root)
    note = sign_checkpoint(following, key)
    connection.execute(
        insert(schema.checkpoint),
        {"workspace_id": workspace, "size": head.size, "note": note, "at": clock.now()},
    )
    return following


def every_note(connection: Connection) -> tuple[str, ...]:
    """All stored checkpoints, smallest first."""
    table = schema.checkpoint
    return tuple(connection.execute(select(table.c.note).order_by(table.c.size)).scalars())


def latest(connection: Connection) -> tuple[int, str, datetime] | None:
    """Size, note and time of the newest checkpoint."""
    table = schema.checkpoint
    row = connection.execute(select(table).order_by(table.c.size.desc()).limit(1)).one_or_none()
    return (row.size, row.note, row.at) if row else None


def _stored(connection: Connection, size: int) -> bool:
    table = schema.checkpoint
    return connection.execute(select(table.c.size).where(table.c.size == size)).one_or_none() is not None
