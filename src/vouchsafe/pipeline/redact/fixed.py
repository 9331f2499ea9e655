"""Words of the operator, which need no redaction."""

from vouchsafe.domain.errors import VouchsafeError
from vouchsafe.domain.text import Rescanned, SafeText
from vouchsafe.pipeline.redact.tokens import TOKEN, TOKEN_LIKE


class ReservedWords(VouchsafeError):
    """A fixed text holds a bent token, such as `[name 1]`, which could never be restored."""

    def __init__(self) -> None:
        super().__init__("a fixed text may not hold anything that looks like a token, such as [NAME 1]; reword it")


def our_words(text: str) -> SafeText:
    """A text that the operator wrote, as `SafeText`: knowledge passages, approved phrases, notices.

    Only for texts that no patient had a part in, and for sentences joined from them and from words that were
    redacted before; their tokens stay as they are. Words of patients go through the redactor.
    Raises: ReservedWords if the text holds a bent token.
    """
    for match in TOKEN_LIKE.finditer(text):
        if not TOKEN.fullmatch(match.group()):
            raise ReservedWords
    return SafeText(text)


def our_message(text: str) -> Rescanned:
    """A fixed text of ours that a model is asked about, such as the trial question of `agreements try`.

    For no text that a patient had a part in: those go through `outgoing`. An architecture test lists who calls this.
    Raises: ReservedWords.
    """
    return Rescanned(our_words(text))
