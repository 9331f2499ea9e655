"""Google Vertex AI, interface generateContent."""

from vouchsafe.plugins.models.vertex.model import Vertex

__all__ = ["Vertex"]
