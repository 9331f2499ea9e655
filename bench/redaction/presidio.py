"""Presidio on the same labelled messages, scored by the same rules as ours.

    PYTHONPATH=src python bench/redaction/presidio.py --weights DIR FILE ...

Needs an environment of its own with `presidio-analyzer` and spaCy; DIR is the folder of en_core_web_md (the carrier
package's `_model`). Everything the default recognisers find at their default threshold counts as masked. The public
suffix list is not fetched: Presidio's e-mail recogniser would try to.
"""

import argparse
import time
from pathlib import Path

import tldextract
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

from vouchsafe.quality.labelled import read_labelled
from vouchsafe.quality.redaction_score import by_group, score, table


def main() -> None:
    """Print one row a group."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    models = [{"lang_code": "en", "model_name": str(options.weights)}]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    rows = [row for path in options.files for row in read_labelled(path)]
    began = time.process_time()
    scored = [
        score(row, [(one.start, one.end) for one in analyzer.analyze(text=row.text, language="en")]) for row in rows
    ]
    spent = time.process_time() - began
    print(*table("presidio-analyzer", {**by_group(scored), "all": scored}), sep="\n")
    print(f"{len(rows) / spent:.0f} messages a second of processor time")


if __name__ == "__main__":
    main()
