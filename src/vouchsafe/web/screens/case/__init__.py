"""One case: what was said, the draft beside its sources, and what a person may do."""
