"""Redaction and detection by themselves, on one core: messages a second, one long e-mail, memory of the loaded models.

    python bench/models.py [--messages 300] [--keep]
    python bench/models.py --shown

Messages are routine ones of `vouchsafe synth` of about 300 characters; the e-mail is several of them, cut at 2,000. No
text comes twice, so nothing is answered from a memory. Memory is what the process holds more after loading and use
than with its libraries alone. `--keep` writes the figures beside this script, `--shown` prints what was kept: for
docs/accuracy.md. Seconds are of the processor, so that other processes cost less than by the clock, but they cost.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cases import messages
from measuring import memory, report, spread

from vouchsafe.governance.packs import load_pack
from vouchsafe.pipeline.detect import Detectors
from vouchsafe.pipeline.redact import Redactor
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.plugins.ner.spacy_md import SpacyMd

SHORT, LONG = 300, 2_000
WARM = 20
KEPT = Path(__file__).with_name("models.json")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--keep", action="store_true", help="write the figures to models.json")
    parser.add_argument("--shown", action="store_true", help="print what was kept, and measure nothing")
    arguments = parser.parse_args()
    if arguments.shown:
        print(*_lines(json.loads(KEPT.read_text(encoding="ascii"))), sep="\n")
        return 0
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
    found = report(
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
    if arguments.keep:
        KEPT.write_text(json.dumps(found, indent=1) + "\n", encoding="ascii")
    return 0


def _lines(kept: Mapping[str, Any]) -> Sequence[str]:
    machine, mail = kept["machine"], kept["mail_of_2000_characters_ms"]
    size, held = kept["characters"], kept["memory_mb"]
    return (
        f"measured {machine['at']} on one of {machine['cpus']} processors, load {machine['load_1min']}",
        f"messages of {size['p50']:.0f} characters (n {size['n']}), a second of one core:",
        f"  redaction                        {kept['redaction_messages_a_second']}  target 60",
        f"  detection, redaction included    {kept['detection_messages_a_second_redaction_included']}  target 22",
        f"an e-mail of 2,000 characters (n {mail['n']}), ms of one core:",
        f"  p50 {mail['p50']:.0f}, p95 {mail['p95']:.0f}  target 150",
        "memory of the loaded models, MB:",
        f"  redaction {held['redaction']}, detection {held['detection']}, both {held['both']}  target 450",
    )


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
