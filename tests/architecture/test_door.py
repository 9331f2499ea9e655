"""Words reach a model through `governance/routing.py` and by no other way (design section 9)."""

import ast
import tomllib
from importlib import import_module

import pytest
from tests.architecture.sources import ROOT, called, calls, imports, inside, trees

from vouchsafe.domain.agreement import PHI, DataClass, Service
from vouchsafe.governance.ways_out import DATABASE, PAGES, WAYS_OUT, WayOut, Without

DOOR = "governance/routing.py"
WIRING = "app.py"
PLUGINS = ("vouchsafe.plugins.models", "vouchsafe.plugins.wires")
OPENS_CONNECTIONS = (
    *("http.client", "urllib.request", "socket", "smtplib", "imaplib", "poplib", "ftplib", "telnetlib", "xmlrpc"),
    *("requests", "httpx", "httpx2", "aiohttp", "urllib3", "websockets", "paramiko", "grpc", "dns", "redis", "kafka"),
    *("openai", "anthropic", "boto3", "botocore", "azure", "google.cloud", "twilio", "stripe", "psycopg"),
)
"""Libraries that open connections. Whoever imports one stands in a row of `governance/ways_out.py`."""
OPENS_BY_CALL = frozenset({"open_connection", "create_connection", "create_engine", "open_unix_connection"})
"""Functions that open one, whatever they are imported from."""


def reached_by(tree: ast.AST) -> set[str]:
    """What a module opens connections with."""
    named = {
        library
        for name in imports(tree)
        for library in OPENS_CONNECTIONS
        if name == library or name.startswith(f"{library}.")
    }
    return named | {called(call) for call in calls(tree)} & OPENS_BY_CALL


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


def test_whoever_opens_connections_stands_in_the_table_of_ways_out() -> None:
    places = [place for way in WAYS_OUT for place in way.opened_by]
    offenders = {path: sorted(reached_by(tree)) for path, tree in trees().items() if reached_by(tree)}

    assert {path: by for path, by in offenders.items() if not inside(path, *places, "testing")} == {}


def test_every_place_in_the_table_of_ways_out_opens_connections() -> None:
    idle = [
        place
        for way in WAYS_OUT
        for place in way.opened_by
        if not any(inside(path, place) and reached_by(tree) for path, tree in trees().items())
    ]

    assert idle == []


@pytest.mark.parametrize("way", WAYS_OUT, ids=lambda way: way.name)
def test_a_way_out_that_carries_words_of_anybody_has_a_service_to_ask_for(way: WayOut) -> None:
    assert (way.without is Without.NEEDS_NONE) == (way.service is None) == (not way.data)
    assert way.why
    if way.service is None:
        with pytest.raises(ValueError, match="needs no row"):
            way.call("https://pages.example")
    else:
        model = "large-2" if way.service is Service.MODEL else ""
        assert way.call("https://any.example", model=model).data == way.data


def test_words_of_patients_wait_for_their_row_wherever_they_can() -> None:
    leaves = {way.name for way in WAYS_OUT if way.data & PHI and way.without is Without.LEAVES}

    assert leaves == {DATABASE.name}
    assert PAGES.data == {DataClass.NONE}


@pytest.mark.parametrize(
    ("code", "by"),
    [
        ("import twilio.rest", {"twilio"}),
        ("from http import client", {"http.client"}),
        ("import asyncio\nasyncio.open_connection(host, 25)", {"open_connection"}),
        ("from urllib.parse import urlsplit", set()),
    ],
)
def test_a_planted_connection_is_seen(code: str, by: set[str]) -> None:
    assert reached_by(ast.parse(code)) == by


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
