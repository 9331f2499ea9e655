"""`vouchsafe reference`: writes the reference pages of `docs/reference` from the code they describe."""

import ast
import re
from pathlib import Path

import cyclopts

from vouchsafe.cli.main import COMMANDS
from vouchsafe.cli.readiness import readiness_reference
from vouchsafe.evidence.event_types import event_reference
from vouchsafe.governance.scope import scope_reference
from vouchsafe.pipeline.gate.rules import rule_reference
from vouchsafe.settings import Settings
from vouchsafe.store.elements import element_reference

app = cyclopts.App(name="reference", help="Write the reference pages of a checkout from the code.")

_EXAMPLE = re.compile(r"\s*Example: (?P<example>\S+)\s*$")


@app.default
def reference(folder: Path = Path("docs/reference")) -> int:
    """Write every page into a folder and say which ones changed.

    Parameters
    ----------
    folder
        Where the pages go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in pages().items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != content:
            path.write_text(content, encoding="utf-8")
            print(f"wrote {path}")
    return 0


def pages() -> dict[str, str]:
    """Every reference page by its file name."""
    return {
        "commands.md": command_reference(),
        "data.md": element_reference(),
        "events.md": event_reference(),
        "readiness.md": readiness_reference(),
        "rules.md": rule_reference(),
        "scope.md": scope_reference(),
        "settings.md": setting_reference(),
    }


def setting_reference() -> str:
    """The page of settings. Raises: ValueError for a setting without description or example."""
    lines = [
        "# Settings",
        "",
        "Generated from `vouchsafe.settings`; a test keeps this page equal to it. Each is read once at the start, from",
        "the environment or from a file `.env` in the working folder. A wrong one stops the start and says why.",
        "",
        "| setting | default | meaning | example |",
        "|---|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        says = field.description or ""
        found = _EXAMPLE.search(says)
        if found is None:
            raise ValueError(f"the setting {name} needs a description that ends with an example")
        default = "empty" if field.default in {"", None} else f"`{field.default}`"
        meaning = says[: found.start()].strip()
        lines.append(f"| `VOUCHSAFE_{name.upper()}` | {default} | {meaning} | `{found['example']}` |")
    return "\n".join(lines) + "\n"


def command_reference() -> str:
    """The page of commands: what each is for, then its own help."""
    lines = [
        "# Commands",
        "",
        "Generated from `vouchsafe.cli`; a test keeps this page equal to it. Exit codes: 0 done, 1 done with errors",
        "that the output names, 2 refused or misused.",
        "",
        "| command | what it does |",
        "|---|---|",
    ]
    lines += [f"| [`{name}`](#{name}) | {says} |" for name, says in COMMANDS.items()]
    for name in COMMANDS:
        lines += ["", f"## {name}", "", "```text", _help_of(name), "```"]
    return "\n".join(lines) + "\n"


def _help_of(name: str) -> str:
    """The words that the command's file says of itself and of each of its acts, read without importing it."""
    path = Path(__file__).with_name(f"{name}.py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts = [ast.get_docstring(tree) or ""]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(_is_of_app(one) for one in node.decorator_list):
            arguments = [f"[{one.arg.upper()}]" for one in node.args.args]
            arguments += [f"[--{one.arg.replace('_', '-').rstrip('-')}]" for one in node.args.kwonlyargs]
            if node.args.vararg:
                arguments.append(f"[{node.args.vararg.arg.upper()} ...]")
            act = [] if any(ast.unparse(one) == "app.default" for one in node.decorator_list) else [_act(node)]
            parts += ["", " ".join(["vouchsafe", name, *act, *arguments]), ast.get_docstring(node) or ""]
    return "\n".join(parts).strip()


def _is_of_app(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).startswith(("app.default", "app.command"))


def _act(node: ast.FunctionDef) -> str:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call):
            for keyword in decorator.keywords:
                if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                    return str(keyword.value.value)
    return node.name.replace("_", "-")
