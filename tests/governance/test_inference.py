"""Running a model tells nobody."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import vouchsafe

_JUDGE = "from vouchsafe.pipeline.detect.heads import load_heads; load_heads().judge('where do I park')"
_ONLY = Path("governance/inference.py")


def test_a_session_writes_and_queues_nothing_for_its_makers(tmp_path: Path) -> None:
    # onnxruntime keeps what it will send under the home folder; in CI it keeps quiet by itself.
    environment = {name: value for name, value in os.environ.items() if name not in {"CI", "ORT_DISABLE_TELEMETRY"}}
    cache = tmp_path / "cache"

    subprocess.run(
        [sys.executable, "-c", _JUDGE],
        env=environment | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(cache)},
        check=True,
        timeout=300,
    )

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_one_module_alone_loads_the_library() -> None:
    root = Path(vouchsafe.__file__).parent
    loads = {
        path.relative_to(root)
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(one.name.split(".")[0] == "onnxruntime" for one in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "onnxruntime")
    }

    assert loads == {_ONLY}
