"""Anthropic's Messages API."""

from vouchsafe.plugins.models.anthropic.model import Anthropic

__all__ = ["Anthropic"]
