"""Builders that fill in what a test of the trail is not about."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from vouchsafe.evidence.event_types import EventType
from vouchsafe.evidence.leaf import Actor, ActorKind, Leaf, Outcome, SealedPayload


@pytest.fixture(scope="session")
def new_id() -> Callable[[], UUID]:
    """Makes version 7 UUIDs, the same ones in each run."""
    seed = random.Random(20260101)
    return lambda: UUID(int=(seed.getrandbits(128) & ~(0xF << 76) & ~(0b11 << 62)) | 0x7 << 76 | 0b10 << 62)


@pytest.fixture(scope="session")
def a_leaf(new_id: Callable[[], UUID]) -> Callable[..., Leaf]:
    """Builds a leaf with a fresh id; keywords replace its fields, also by values that a leaf must refuse."""

    def build(**changes: Any) -> Leaf:
        whole = Leaf(
            ws=UUID("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"),
            id=new_id(),
            ts=1_767_225_600_000_000,
            type=EventType.RULING_MADE,
            actor=Actor(ActorKind.SYSTEM, "gate"),
            build="0.1.0+1a2b3c4",
            outcome=Outcome.HELD,
            case=UUID("0190a1b2-0000-7000-8000-00000000ca5e"),
            step=7,
            subj=UUID("5f1d7a94-0c1b-9c39-b6a2-4f4a4c1c1d11"),
            pack="patient-desk@" + "0a1b" * 4,
            manifest="detectors@" + "ab" * 32,
            sources=("billing/payment-plans.md@0123456789ab#3",),
            refs=(UUID("0190a1b2-0000-7000-8000-000000000001"),),
            payload=(SealedPayload(UUID(int=5), ct_hash=b"\x01" * 32, commit=b"\x02" * 32, length=284),),
        )
        return replace(whole, **changes)

    return build
