"""Amazon Bedrock, interface Converse."""

from vouchsafe.plugins.models.bedrock.model import Bedrock

__all__ = ["Bedrock"]
