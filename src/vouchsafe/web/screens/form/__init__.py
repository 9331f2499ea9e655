"""The web form: a patient writes without an account and without scripts."""
