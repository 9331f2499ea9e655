"""Stage 8, send: the last look before an item leaves, and the one place where tokens become words again."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from vouchsafe.domain.identifier import Token
from vouchsafe.domain.message import Author, ChannelKind
from vouchsafe.domain.pack import Mode, Pack
from vouchsafe.domain.reply import Approved, Envelope, Notice, Reply
from vouchsafe.domain.ruling import Ruling
from vouchsafe.domain.states import Circumstances, Stage
from vouchsafe.domain.text import PhiText, SafeText
from vouchsafe.ports.work import Addressee, CaseRow

Restore = Callable[[SafeText, tuple[Token, ...]], PhiText]
"""Exact tokens of this conversation become the words as they were received; any other token is refused."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """The item does not leave. `why` is a closed word such as `stopped`."""

    why: str


@dataclass(frozen=True, slots=True)
class Sources:
    """What has become of the documents that a reply cites, since it was written.

    `withdrawn`: a person took one out of search. `outdated`: one is no longer published in the version cited, which is
    also what a change of its rights comes to, or no longer in force. `long_ago`: the reply has waited for so long that
    whoever signed it cannot have known.
    """

    withdrawn: bool = False
    outdated: bool = False
    long_ago: bool = False


def recheck(
    item: Approved[Reply] | Approved[Notice], row: CaseRow, circumstances: Circumstances, pack: Pack, sources: Sources
) -> Withheld | None:
    """Whether the item may still leave, judged in the transaction that sets it to sending.

    A notice needs only that no stop covers the desk (R184): it says nothing that a newer message makes untrue. A reply:
    1. The case is the one that was approved, in the same version. 2. No newer message came. 3. No document that it
    cites was withdrawn, nor changed where the reply waited for long. 4. For what no person signed: no stop covers it,
    the desk is still in mode auto, no person has joined, no earlier reply is uncertain, the pack is the one that ruled,
    the contact has not opted out of automatic answers, and every document cited is still published and in force.
    """
    content = item.item
    if isinstance(content, Notice):
        return Withheld("stopped") if circumstances.stopped else None
    if row.stage is not Stage.APPROVED or row.version != item.case_version:
        return Withheld("case_moved_on")
    if circumstances.newer_message:
        return Withheld("newer_message")
    if sources.withdrawn:
        return Withheld("source_withdrawn")
    if sources.outdated and (sources.long_ago or not item.signatures):
        return Withheld("source_changed")
    return None if item.signatures else _unsigned(content, item.ruling, circumstances, pack)


def _unsigned(reply: Reply, ruling: Ruling | None, circumstances: Circumstances, pack: Pack) -> Withheld | None:
    """Reasons that hold what the machine alone approved, the first that applies."""
    reasons = {
        "stopped": circumstances.stopped or reply.intent in circumstances.stopped_intents,
        "mode_changed": circumstances.desk_mode is not Mode.AUTO,
        "person_holds": circumstances.person_holds is not None or circumstances.person_joined,
        "uncertain_reply": circumstances.uncertain_reply,
        "pack_changed": ruling is None or ruling.pack != pack.ref,
        "opted_out": circumstances.contact_opted_out,
    }
    return next((Withheld(why) for why, holds in reasons.items() if holds), None)


def envelope(
    item: Approved[Reply] | Approved[Notice],
    to: Addressee,
    tokens: tuple[Token, ...],
    restore: Restore,
    secret: bytes,
) -> Envelope:
    """The item with its words restored and its stable, unguessable key."""
    content = item.item
    subject = to.subject.value
    if subject and not subject.casefold().startswith(("re:", "rv:")):
        subject = f"Re: {subject}"
    return Envelope(
        to=to.address,
        to_name=to.name,
        # A subject is repeated only inside the thread it came from; it is never made from what we know.
        subject=PhiText(subject if to.channel is ChannelKind.EMAIL else ""),
        body=restore(content.text, tokens),
        key=key_of(item, secret),
        thread_ids=to.thread_ids,
        automatic=isinstance(content, Notice) or content.author is Author.MACHINE,
    )


def key_of(item: Approved[Reply] | Approved[Notice], secret: bytes) -> str:
    """The same item always has the same key, which nobody without the secret can guess."""
    content = item.item
    kind = content.kind.value if isinstance(content, Notice) else "reply"
    what = f"{item.case}/{kind}/{sha256(content.text.value.encode()).hexdigest()}"
    return hmac.digest(secret, what.encode(), "sha256")[:16].hex()
