"""The life of a message: one stage a module or folder, the order only in `flow.py`."""
