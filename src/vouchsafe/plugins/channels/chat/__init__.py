"""Chat on the organisation's own pages: lines come in over HTTP, answers are shown in the open window."""
