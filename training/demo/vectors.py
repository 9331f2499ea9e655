"""Makes the vectors that the demo clinic ships, so that its first start need not embed its pages.

    .venv/bin/python training/demo/vectors.py

Run it again after a page changed; `tests/data/test_demo_vectors.py` fails until then.
"""

from vouchsafe.pipeline.retrieve.index import Index, vectors_to_bytes
from vouchsafe.plugins.embedders.minilm import MiniLm
from vouchsafe.plugins.knowledge.folder import read_folder
from vouchsafe.quality.synth_demo import demo_folder, knowledge_folder

embedder = MiniLm()
index = Index.build(read_folder(knowledge_folder()).documents, embedder)
(demo_folder() / "vectors.npz").write_bytes(vectors_to_bytes(index.vectors, embedder.ref))
print(f"{len(index.vectors)} vectors of {embedder.ref}")
