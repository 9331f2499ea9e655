"""How our ONNX graphs and their tokenizers are run, the same for every model: so that what they say can be replayed.

onnxruntime tells its makers about each session (machine, file names, hashes of graph and weights) unless the
environment says no before it is loaded, since 1.29 on Linux too. Nothing leaves an installation unasked: this module is
the only one that loads it, and says no first.
"""

import os
from pathlib import Path
from typing import Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def session_of(model: Path | bytes) -> Any:  # onnxruntime ships no types
    """A session on a file, or on its bytes, that runs on one thread."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    # One thread: sums are added in one order, so results can be replayed, and processes scale by their number.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def tokenizer_of(file: Path, max_tokens: int) -> Any:  # tokenizers ships no usable types
    """A tokenizer that pads nothing and cuts texts at so many tokens."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=max_tokens)
    return tokenizer
