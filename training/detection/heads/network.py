"""The network that reads a message: the six layers of MiniLM, and for every label its own attention over the words.

    states = encoder(tokens)                         (n, T, 384)
    attention = softmax over T of states . look      (n, T, labels)
    logit = sum over T of attention * (states . say) + bias

Each label looks where it will, so one sentence in a long message is not drowned by the others, and the words that
spoke are known.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

LAYERS, WIDTH, HEADS, INNER, VOCABULARY, POSITIONS = 6, 384, 12, 1536, 30522, 512


class Layer(nn.Module):
    """One layer of BERT, normalised after each half."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.out = nn.Linear(WIDTH, WIDTH)
        self.first, self.second = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)
        self.wide, self.narrow = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        """`states` (n, T, 384), `bias` (n, 1, 1, T): 0 for words, a large negative number for padding."""
        count, length, _ = states.shape
        query, key, value = (
            part(states).view(count, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        near = torch.softmax(query @ key.transpose(-1, -2) / (WIDTH // HEADS) ** 0.5 + bias, dim=-1)
        mixed = (self.dropout(near) @ value).transpose(1, 2).reshape(count, length, WIDTH)
        states = self.first(states + self.dropout(self.out(mixed)))
        return self.second(states + self.dropout(self.narrow(functional.gelu(self.wide(states)))))


class Encoder(nn.Module):
    """MiniLM. `load` takes `model.safetensors` of all-MiniLM-L6-v2."""

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.places = nn.Embedding(POSITIONS, WIDTH)
        self.kinds = nn.Embedding(2, WIDTH)
        self.first = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS))
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token ids and mask, int64 (n, T), to states (n, T, 384)."""
        places = torch.arange(ids.shape[1], device=ids.device)
        states = self.words(ids) + self.places(places)[None] + self.kinds.weight[0]
        states = self.dropout(self.first(states))
        bias = (1.0 - mask[:, None, None, :].float()) * -1e4
        for layer in self.layers:
            states = layer(states, bias)
        return states

    def load(self, file: Path) -> None:
        """Take the weights of a file in the names of BERT."""
        given = load_file(str(file))
        mine = {
            "words.weight": given["embeddings.word_embeddings.weight"],
            "places.weight": given["embeddings.position_embeddings.weight"],
            "kinds.weight": given["embeddings.token_type_embeddings.weight"],
            "first.weight": given["embeddings.LayerNorm.weight"],
            "first.bias": given["embeddings.LayerNorm.bias"],
        }
        names = {
            "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
            "out": "attention.output.dense", "first": "attention.output.LayerNorm", "wide": "intermediate.dense",
            "narrow": "output.dense", "second": "output.LayerNorm",
        }  # fmt: skip
        for number in range(LAYERS):
            for name, theirs in names.items():
                for part in ("weight", "bias"):
                    mine[f"layers.{number}.{name}.{part}"] = given[f"encoder.layer.{number}.{theirs}.{part}"]
        self.load_state_dict(mine)


class Network(nn.Module):
    """The encoder and its heads."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.look = nn.Linear(WIDTH, labels, bias=False)
        self.say = nn.Linear(WIDTH, labels)
        nn.init.normal_(self.look.weight, std=0.02)
        nn.init.normal_(self.say.weight, std=0.02)
        nn.init.zeros_(self.say.bias)
        self.dropout = nn.Dropout(0.1)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Logits, (n, labels)."""
        states = self.dropout(self.encoder(ids, mask))
        looks = self.look(states).masked_fill(mask[:, :, None] == 0, -1e4)
        attention = torch.softmax(looks, dim=1)
        return (attention * functional.linear(states, self.say.weight)).sum(dim=1) + self.say.bias
