"""Knowledge sources: one folder each."""
