"""Redaction and detection by themselves, on one core: messages a second, one long e-mail, memory of the loaded models.

    python bench/models.py [--messages 300]

Messages are routine ones of `vouchsafe synth` of about 300 characters; the e-mail is several of them, cut at 2,000. No
text comes twice, so nothing is answered from a memory. Memory is what the process holds more after loading and use
than with its libraries alone.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from functools import partial

from cases import messages
from measuring import memory, report, spread

from vouchsafe.governance.packs import load_pack
from vouchsafe.pipeline.detect import Detectors
from vouchsafe.pipeline.redact import Redactor
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.plugins.ner.spacy_md import SpacyMd

SHORT, LONG = 300, 2_000
WARM = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=300)
    arguments = parser.parse_args()
    texts = list(dict.fromkeys(one.text for one in messages(2 * arguments.messages)))[: arguments.messages + WARM]
    mails = [" ".join(texts[at : at + LONG // SHORT])[:LONG] for at in range(0, len(texts) - 8, 7)]
    bare = _held()
    redactor = Redactor(SpacyMd())
    for text in texts[:WARM]:
        redactor.redact([text])
    with_redactor = _held()
    detectors = Detectors(MiniLm(), load_pack())
    redacted = [redactor.redact([text]).parts[0].text.value for text in texts[:WARM]]
    for text in redacted:
        detectors.detect([text])
    with_both = _held()
    fresh = Redactor(SpacyMd())
    redaction = [_timed(partial(fresh.redact, [text])) for text in texts[WARM:]]
    safe = [redactor.redact([text]).parts[0].text.value for text in texts[WARM:]]
    detection = [_timed(partial(detectors.detect, [text])) for text in safe]
    long_mails = [_long(fresh, detectors, mail) for mail in mails]
    both = [first + second for first, second in zip(redaction, detection, strict=True)]
    report(
        "models",
        {
            "characters": spread([float(len(text)) for text in texts]),
            "redaction_messages_a_second": _rate(redaction),
            "detection_messages_a_second_redaction_included": _rate(both),
            "redaction_ms": spread([1e3 * one for one in redaction]),
            "detection_ms": spread([1e3 * one for one in detection]),
            "mail_of_2000_characters_ms": spread([1e3 * one for one in long_mails]),
            "memory_mb": {
                "libraries": round(bare / 1e6),
                "redaction": round((with_redactor - bare) / 1e6),
                "detection": round((with_both - with_redactor) / 1e6),
                "both": round((with_both - bare) / 1e6),
            },
        },
    )
    return 0


def _held() -> int:
    return memory(os.getpid())["Rss"]


def _long(redactor: Redactor, detectors: Detectors, mail: str) -> float:
    started = time.process_time()
    detectors.detect([redactor.redact([mail]).parts[0].text.value])
    return time.process_time() - started


def _timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _rate(seconds: Sequence[float]) -> float:
    return round(len(seconds) / sum(seconds), 1)


if __name__ == "__main__":
    raise SystemExit(main())
