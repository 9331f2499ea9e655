"""Presidio on labelled messages: what it masks, one JSON line a message. `beside.py` runs and scores it.

    PYTHONPATH=src python bench/redaction/presidio.py --weights DIR FILE ...

Needs an environment of its own with `presidio-analyzer` and spaCy; DIR is the folder of en_core_web_md (the carrier
package's `_model`). Everything the default recognisers find at their default threshold counts as masked. The public
suffix list is not fetched: Presidio's e-mail recogniser would try to.
"""

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

import tldextract
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

from vouchsafe.quality.labelled import read_labelled


def main() -> None:
    """Print the masked ranges of each message, a list a line, and last a line with name, version and speed."""
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
    for row in rows:
        print(json.dumps([(one.start, one.end) for one in analyzer.analyze(text=row.text, language="en")]))
    spent = time.process_time() - began
    name = f"presidio-analyzer {version('presidio-analyzer')} with en_core_web_md"
    print(json.dumps({"name": name, "messages_a_second": round(len(rows) / spent)}))


if __name__ == "__main__":
    main()
