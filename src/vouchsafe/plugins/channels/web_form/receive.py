"""A filled-in form as an `Inbound`."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

import orjson

from vouchsafe.domain.message import AttachmentData, ChannelKind, Inbound, Sender
from vouchsafe.domain.text import PhiText
from vouchsafe.plugins.channels.email.charsets import clean

_ADDRESS = re.compile(r"^[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,253}\.[^\s@<>,;:\"()\[\]\\]{2,63}$")
_NAME_PARTS = re.compile(r"[\\/\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True, repr=False)
class FilledForm:
    """What a person sent. `token` was made with the empty form, so that a second click is known as the same message."""

    token: str
    name: str
    address: str
    subject: str
    text: str
    language: str
    files: tuple[AttachmentData, ...] = ()
    bait_taken: bool = False
    """A field was filled in that people do not see; the message is kept and marked `bait_taken`."""


def is_address(value: str) -> bool:
    """Whether it has the shape of a mail address. Whether it exists, only a mail can tell."""
    return bool(_ADDRESS.match(value))


def file_name(name: str) -> str:
    """The name of an uploaded file without any folder or control character, at most 200 characters."""
    return _NAME_PARTS.split(name)[-1].strip(". ")[:200]


def form_inbound(form: FilledForm, *, recipient: str, received_at: datetime) -> Inbound:
    """The form as a message. The same words with the same token are the same message; changed words are another."""
    (name, _), (subject, _), (text, problems) = clean(form.name), clean(form.subject), clean(form.text)
    original = orjson.dumps(
        {
            "name": form.name,
            "address": form.address,
            "subject": form.subject,
            "text": form.text,
            "language": form.language,
            "received_at": received_at.isoformat(),
        }
    )
    digest = hashlib.sha256()
    words = (form.token, form.name, form.address.lower(), form.subject, form.text)
    contents = (*(w.encode("utf-8", "surrogatepass") for w in words), *(f.content for f in form.files))
    for value in contents:
        digest.update(len(value).to_bytes(8, "big") + value)
    return Inbound(
        channel=ChannelKind.WEB_FORM,
        recipient=recipient,
        provider_id=digest.hexdigest(),
        sender=Sender(PhiText(form.address), PhiText(" ".join(name.split()))),
        subject=PhiText(" ".join(subject.split())),
        new_text=PhiText(text.strip()),
        quoted_text=PhiText(""),
        hidden_text=PhiText(""),
        attachments=form.files,
        thread_ids=(),
        sent_at=received_at,
        automatic=False,
        asserted=False,
        original=original,
        problems=(*problems, "bait_taken") if form.bait_taken else problems,
    )
