"""Azure OpenAI: a named deployment of a resource in a named region."""

from vouchsafe.plugins.models.azure_openai.model import AzureOpenAi

__all__ = ["AzureOpenAi"]
