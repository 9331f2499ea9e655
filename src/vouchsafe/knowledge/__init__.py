"""A desk's knowledge from its sources to search: read, held at the door, kept in step, withdrawn, checked, missing.

Start reading at `importing.py`.
"""
