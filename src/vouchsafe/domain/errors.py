"""The one base class of every refusal that vouchsafe raises on purpose."""


class VouchsafeError(Exception):
    """Something was refused. The message says what, and what to do next; it never quotes a patient."""
