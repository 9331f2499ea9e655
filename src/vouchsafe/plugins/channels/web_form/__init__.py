"""The web form: what a person filled in becomes one message; the answer goes to the address they gave."""
