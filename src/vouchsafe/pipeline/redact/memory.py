"""A memory of answers about words and texts that holds neither: keys are hashes under a key of this process."""

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

_Answer = TypeVar("_Answer")


class Memory(Generic[_Answer]):
    """The last `size` answers. Safe to share between threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._key = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._answers: OrderedDict[bytes, _Answer] = OrderedDict()

    def of(self, text: str, find: Callable[[str], _Answer]) -> _Answer:
        """The answer given for this text before, or what `find` says of it now."""
        key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        answer = find(text)
        with self._lock:
            self._answers[key] = answer
            if len(self._answers) > self._size:
                self._answers.popitem(last=False)
        return answer
