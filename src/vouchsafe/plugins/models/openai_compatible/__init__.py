"""OpenAI's own API, and servers that imitate it: vLLM, Ollama, llama.cpp."""

from vouchsafe.plugins.models.openai_compatible.model import OpenAiCompatible

__all__ = ["OpenAiCompatible"]
