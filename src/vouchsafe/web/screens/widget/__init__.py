"""The chat: one script tag on the organisation's pages, a page of ours in a frame, answers live."""
