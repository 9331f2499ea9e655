"""Retrieval: passages that the contact may see, found by words and by meaning, with a calibrated confidence."""
