"""Words reach a model through `governance/routing.py` and by no other way (design section 9)."""

import ast
import tomllib
from importlib import import_module

import pytest
from tests.architecture.sources import ROOT, calls, imports, inside, trees

DOOR = "governance/routing.py"
WIRING = "app.py"
PLUGINS = ("vouchsafe.plugins.models", "vouchsafe.plugins.wires")
REACHES_OUT = {
    "http.client": ("plugins/wires", "plugins/knowledge/website"),
    "urllib.request": ("cli/demo.py", "cli/demo_traffic.py"),
    "socket": ("plugins/wires", "plugins/knowledge/website", "cli/demo.py"),
    "smtplib": ("plugins/channels/email", "cli/demo_traffic.py"),
    **dict.fromkeys(("requests", "httpx", "httpx2", "aiohttp", "urllib3", "openai", "anthropic", "botocore"), ()),
}
"""Libraries that open connections, and the modules that may: ours to this machine in the demo, mail, the wire,
and visits of websites and services that an operator imports pages from, which carry no words of anybody."""


def crossings(tree: ast.AST) -> set[str]:
    """Acts that only the door may do: sending over a wire, making a provider's request, reading its answer."""
    found = set()
    for call in calls(tree):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        named = {keyword.arg for keyword in call.keywords}
        if name == "send" and "most_bytes" in named:
            found.add("send")
        if name == "request" and "max_tokens" in named:
            found.add("request")
    return found


def test_only_the_door_makes_requests_to_models_and_sends_them() -> None:
    assert crossings(trees()[DOOR]) == {"send", "request"}
    assert [path for path, tree in trees().items() if not inside(path, DOOR, "testing") and crossings(tree)] == []


def test_only_wiring_knows_the_plugins_of_models_and_wires() -> None:
    offenders = [
        path
        for path, tree in trees().items()
        if not inside(path, "plugins/models", "plugins/wires", WIRING)
        and any(name.startswith(PLUGINS) for name in imports(tree))
    ]
    assert offenders == []


def test_libraries_that_open_connections_are_imported_where_they_are_listed() -> None:
    offenders = [
        (path, name)
        for path, tree in trees().items()
        for name in imports(tree)
        for library, places in REACHES_OUT.items()
        if (name == library or name.startswith(f"{library}.")) and not inside(path, *places, "testing")
    ]
    assert offenders == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("wire.send(permit, request, timeout_s=1, most_bytes=2)", {"send"}),
        ("model.request(words, max_tokens=5, at=now)", {"request"}),
        ("channel.send(item, envelope)", set()),
    ],
)
def test_a_planted_crossing_is_seen(code: str, found: set[str]) -> None:
    assert crossings(ast.parse(code)) == found


def test_every_model_plugin_is_registered_by_an_entry_point_that_leads_to_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = project["entry-points"]["vouchsafe.models"]
    folders = {path.split("/")[2] for path in trees() if path.startswith("plugins/models/") and path.count("/") > 2}

    assert set(points) == folders
    for target in points.values():
        module, _, name = target.partition(":")
        assert callable(getattr(import_module(module), name))
