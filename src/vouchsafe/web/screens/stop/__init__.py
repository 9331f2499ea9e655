"""The stop button and its release by a second person."""
