"""What a log may say about an error: where it was raised, never what it was about."""

import traceback


def where(error: BaseException) -> str:
    """`file:line in function` of the innermost frames of ours, newest first; no message, no values."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "vouchsafe" in frame.filename] or list(frames)
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in ours[::-1][:4])
