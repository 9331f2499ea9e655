"""Write the trained network as int8 ONNX, the words and the manifest into the product's data (see ../README.md).

Usage: python training/detection/heads/export.py NETWORK.pt --calibration DIR [--out DIR]

The graph takes `input_ids` and `attention_mask` and gives `logits` (n, labels), calibrated, and `said` (n, T, labels):
how much each token added to each logit. Weights of the encoder are int8, those of the heads stay float.
"""

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parents[1]))

from heads.network import Network
from material import LABELS

SHIPPED = Path(__file__).parents[3] / "src" / "vouchsafe" / "data" / "detect"


class Shipped(nn.Module):
    """The network as it ships: calibrated logits and what each token added."""

    def __init__(self, network: Network, slope: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.encoder = network.encoder
        self.look = network.look
        self.say = nn.Parameter(network.say.weight * slope[:, None])
        self.bias = nn.Parameter(network.say.bias * slope + shift)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Token ids and mask, int64 (n, T)."""
        states = self.encoder(input_ids, attention_mask)
        looks = self.look(states) + (1.0 - attention_mask[:, :, None].float()) * -1e4
        said = torch.softmax(looks, dim=1) * functional.linear(states, self.say)
        return said.sum(dim=1) + self.bias, said


def main() -> None:
    """Load, calibrate, export, quantise; the manifest then names the hash."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    parser.add_argument("--calibration", type=Path, required=True, help="folder that thresholds.py wrote to")
    parser.add_argument("--out", type=Path, default=SHIPPED)
    args = parser.parse_args()
    manifest = json.loads((args.calibration / "thresholds.json").read_text(encoding="ascii"))
    network = Network(len(LABELS))
    network.load_state_dict(torch.load(args.network, weights_only=True))
    slopes = torch.tensor([manifest["heads"][label]["slope"] for label in LABELS])
    shifts = torch.tensor([manifest["heads"][label]["shift"] for label in LABELS])
    shipped = Shipped(network, slopes, shifts).eval()
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        export(shipped, plain)
        quantise(plain, args.out / "heads.onnx")
    shutil.copyfile(args.calibration / "words.npz", args.out / "words.npz")
    manifest["sha256"] = {
        name: hashlib.sha256((args.out / name).read_bytes()).hexdigest() for name in ("heads.onnx", "words.npz")
    }
    (args.out / "heads.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="ascii")


def export(shipped: Shipped, file: Path) -> None:
    """The graph in fp32."""
    ids = torch.ones((2, 9), dtype=torch.int64)
    axes = {0: "texts", 1: "tokens"}
    torch.onnx.export(
        shipped,
        (ids, torch.ones_like(ids)),
        str(file),
        input_names=["input_ids", "attention_mask"],
        output_names=["logits", "said"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "logits": {0: "texts"}, "said": axes},
        opset_version=17,
        dynamo=False,
    )


def quantise(plain: Path, file: Path) -> None:
    """Int8 weights by channel with seven bits: processors without VNNI saturate at eight."""
    import onnx

    heads = [node.name for node in onnx.load(str(plain)).graph.node if node.op_type == "MatMul" and _of_heads(node)]
    quantize_dynamic(
        plain, file, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8, nodes_to_exclude=heads
    )


def _of_heads(node: object) -> bool:
    name = str(getattr(node, "name", ""))
    return "encoder" not in name


if __name__ == "__main__":
    main()
