"""Takes identifiers out of messages: the only place besides store's row readers that builds `SafeText`.

Redaction reduces what identifies a person, it never removes all of it. Start reading at `redactor.py`.
"""

from vouchsafe.pipeline.redact.redactor import Redaction, Redactor

__all__ = ["Redaction", "Redactor"]
