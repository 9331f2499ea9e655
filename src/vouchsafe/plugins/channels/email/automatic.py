"""Whether a mail was written by a program: auto-replies, bounces, lists, feedback reports.

Such mail is stored and may concern a delivery of ours, but it never gets an answer: two programs that answer each
other never stop (RFC 3834, section 2).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_ROBOT = re.compile(
    r"^(?:mailer-?daemon|mail-?daemon|post_?master|bounces?|double-bounce|abuse-?report|no-?reply|do-?not-?reply"
    r"|auto-?reply|majordomo|listserv|mmdf|uucp|daemon|mail-?system|owner-.+|.+-request|.+-owner|.+-bounces?)"
    r"(?:[+._-].*)?$",
    re.IGNORECASE,
)
_ROBOT_NAME = re.compile(r"mail delivery (?:sub)?system|mailer-daemon|mail delivery service|postmaster", re.IGNORECASE)
_PROGRAM_SUBJECT = re.compile(
    r"^(?:\W*(?:re|fwd?|aw|tr)\s*:)*\W*(?:out of (?:the )?office|automatic reply"
    r"|auto(?:matic)?[- ]?(?:re(?:ply|sponse)|antwort)|complaint about message from [\d.]+"
    r"|abwesenheit|respuesta automática|fuera de (?:la )?oficina|réponse automatique|absence du bureau)\b",
    re.IGNORECASE,
)
_FAILURE_SUBJECT = re.compile(
    r"undeliver(?:able|ed)|un(?:able|successful) (?:to )?deliver|deliver(?:y|ed)? (?:has )?fail|fail(?:ed|ure)"
    r"|delivery (?:status )?(?:notification|report|error|problem)|returned (?:mail|e-?mail|message|to sender)"
    r"|nondeliver|could not (?:be sent|send)|user unknown|feedback report|abuse report|mail error|bounce"
    r"|notification d'état|unzustellbar|non remis|no se puede entregar|problem|error",
    re.IGNORECASE,
)
_BOUNCE_WORDS = re.compile(
    r"this (?:is|report is) an? (?:automatic(?:ally)?|auto)[- ]?generated"
    r"|(?:could|can) ?not be delivered to|was not delivered to|undeliverable (?:mail|message|address)"
    r"|delivery to the following recipients? (?:failed|has been)|permanent fatal errors|fatal errors"
    r"|(?:did not|unable to|couldn't) (?:reach|deliver) (?:the|your)|returned to sender|message delivery failed"
    r"|following addresses had|sender rejected|mailbox (?:is )?full|user unknown|unknown user|no such user",
    re.IGNORECASE,
)
_RETURNED = re.compile(
    r"^[> ]*(?:received: (?:from|by) |-{2,} ?(?:the )?(?:original|returned|unsent|below this line|transcript|"
    r"failed|copy|start of)\b|reporting-mta:|final-recipient:|diagnostic-code:|remote-mta:)",
    re.IGNORECASE | re.MULTILINE,
)
_HEADERS_THAT_SAY_SO = (
    "x-autoreply",
    "x-autorespond",
    "x-autoreply-from",
    "x-auto-response-suppress",
    "x-failed-recipients",
)
_REPORT_PARTS = frozenset({"message/delivery-status", "message/feedback-report", "message/disposition-notification"})
_LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "list-help", "mailing-list", "x-mailing-list")
_BULK = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})


@dataclass(frozen=True, slots=True)
class Marks:
    """What the check reads of a mail.

    `header` gives a header's first value, or "" where the mail has none. `null_return_path`: the sender of the
    envelope is empty. `text`: the first words of the body.
    """

    header: Callable[[str], str]
    from_address: str
    from_name: str
    subject: str
    content_type: str
    part_types: tuple[str, ...]
    null_return_path: bool
    text: str


def is_automatic(marks: Marks, *, own_lists: frozenset[str], own_addresses: frozenset[str]) -> bool:
    """Whether a program wrote it.

    `own_lists`: list ids of the organisation's own groups, through which patients' mails come. `own_addresses`: mail
    from ourselves is a loop.
    Sources: RFC 3834 sections 2 and 3.1.7, RFC 3464, RFC 5965, RFC 8098, RFC 2919, RFC 2369.
    """
    submitted = marks.header("auto-submitted").strip().lower()
    null_return = marks.null_return_path or marks.header("return-path").strip() == "<>"
    return (
        (bool(submitted) and not submitted.startswith("no"))
        or null_return
        or marks.from_address.lower() in own_addresses
        or _is_list(marks, own_lists)
        or marks.content_type == "multipart/report"
        or not _REPORT_PARTS.isdisjoint(marks.part_types)
        or any(marks.header(name).strip() for name in _HEADERS_THAT_SAY_SO)
        or bool(_ROBOT.match(marks.from_address.partition("@")[0]) or _ROBOT_NAME.search(marks.from_name))
        or bool(_PROGRAM_SUBJECT.match(marks.subject))
        or _reads_like_a_bounce(marks)
    )


def _is_list(marks: Marks, own_lists: frozenset[str]) -> bool:
    """Whether it came through a mailing list that is not one of the organisation's own groups."""
    list_id = re.search(r"<([^<>]+)>", marks.header("list-id"))
    if list_id and list_id.group(1).strip().lower() in own_lists:
        return False
    if marks.header("precedence").strip().lower() in _BULK:
        return True
    return any(marks.header(name).strip() for name in _LIST_HEADERS)


def _reads_like_a_bounce(marks: Marks) -> bool:
    """Old mail servers mark nothing: a failure in the subject, its words in the text, and the returned mail's headers.

    Words alone are not enough: "failed delivery" may be what a patient says about a medicine.
    """
    told = bool(_FAILURE_SUBJECT.search(marks.subject)) + bool(_BOUNCE_WORDS.search(marks.text))
    return told > 0 and bool(_RETURNED.search(marks.text))
