"""Stage 2, identify: who may be writing, and how sure we are. Subjects come from the master, never from a message."""

from collections.abc import Mapping, Sequence

from vouchsafe.domain.contact import MOST_PROVED, Assurance, Contact, Identity
from vouchsafe.domain.states import Identified, Received
from vouchsafe.pipeline.observing import observed


def addresses(state: Received) -> tuple[str, ...]:
    """The addresses that the unanswered messages came from, each once."""
    wanted = set(state.unanswered)
    return tuple(dict.fromkeys(turn.sender_address.value for turn in state.turns if turn.id in wanted))


def run(state: Received, found: Mapping[str, Sequence[Contact]], *, assurance_cap: Assurance) -> Identified:
    """Match the addresses of the unanswered messages against the master.

    `found`: the contacts on record for each address. One address held by several people selects nobody and lifts
    nothing (R181); messages from several addresses select nobody either. Without a vouching channel the level is
    ANONYMOUS. `assurance_cap` is CHANNEL_ASSERTED where the workspace has no master (R180).
    """
    with observed("identify", state.head.id) as seen:
        identified = _matched(state, found, assurance_cap)
        seen.outcome = "matched" if identified.identity.contact else "unknown"
    return identified


def _matched(state: Received, found: Mapping[str, Sequence[Contact]], assurance_cap: Assurance) -> Identified:
    lists = [tuple(found.get(address, ())) for address in addresses(state)]
    candidates = tuple(contact for contacts in lists for contact in contacts)
    people = {contact.id: contact for contact in candidates}
    shared = any(len(contacts) > 1 for contacts in lists)
    only = next(iter(people.values())) if len(people) == 1 and len(lists) == 1 and not shared else None
    level = min(MOST_PROVED if only and state.asserted else Assurance.ANONYMOUS, assurance_cap)
    return Identified(
        received=state,
        identity=Identity(
            level=level,
            contact=only.id if only else None,
            subject=only.subject if only else None,
            shared_address=shared,
            # Anybody can write under the address of somebody who works here.
            is_staff=bool(only and only.is_staff and level > Assurance.ANONYMOUS),
            candidates=tuple(contact.known for contact in people.values()),
            groups=only.groups if only else frozenset(),
        ),
    )
