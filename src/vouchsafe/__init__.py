"""vouchsafe: AI customer support for healthcare providers that a compliance lead can defend."""
