"""All that training reads, in memory: pictures, phrasings, cached sentence vectors, and what the ImageNet trunk saw."""
from __future__ import annotations

import io
import json
import random
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import torch.nn.functional as F
from torch import Tensor

from .contrasts import Contrasts
from .data import SIDE, decode, load_set, picture_bytes, read_records, set_folder
from .text import Words, load_sentence_trunk, mean_pool
from .trunk import FAST_BFLOAT16, IMAGENET_MEAN, IMAGENET_STD, Trunk, load_trunk
from .words import grocery_descriptions, imagenet_names, kind_of, phrasings, with_a, wordnet_kinds

CLASSES = {"fashion": "article_type", "clothing": "label", "grocery": "label", "fashion-thumbnails": "article_type",
           "general": "concept"}


def sentence_vectors(texts: list[str], batch: int = 256) -> np.ndarray:
    """MiniLM's own unit vectors ``[n, 384]`` float16."""
    words, trunk = Words(), load_sentence_trunk().eval()
    order = np.argsort([len(t) for t in texts])
    out = np.zeros((len(texts), 384), np.float16)
    for start in range(0, len(texts), batch):
        rows = order[start : start + batch]
        ids, mask = words([texts[i] for i in rows])
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=FAST_BFLOAT16):
            pooled = mean_pool(trunk(trunk.embed(ids), mask).float(), mask)
        out[rows] = F.normalize(pooled, dim=-1).numpy()
    return out


def trunk_features(trunk: Trunk, pixels: np.ndarray, size: int, batch: int = 16) -> np.ndarray:
    """Mean-pooled features ``[n, 1280]`` of whole pictures; through ONNX Runtime, three times as fast here as torch."""
    graph = io.BytesIO()
    torch.onnx.export(trunk.eval(), (torch.zeros(2, 3, size, size),), graph, dynamo=False, opset_version=17,
                      input_names=["pixels"], output_names=["map"], dynamic_axes={"pixels": {0: "n"}, "map": {0: "n"}})
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(graph.getvalue(), options, providers=["CPUExecutionProvider"])
    mean, std = torch.tensor(IMAGENET_MEAN) * 255, torch.tensor(IMAGENET_STD) * 255
    out = []
    for start in range(0, len(pixels), batch):
        x = ((torch.from_numpy(np.array(pixels[start : start + batch])).float() - mean) / std).permute(0, 3, 1, 2)
        if x.shape[-1] != size:
            x = F.interpolate(x, size=(size, size), mode="bicubic", antialias=True)
        out.append(session.run(None, {"pixels": x.contiguous().numpy()})[0].mean((2, 3)))
    return np.concatenate(out)


class Corpus:
    """``names``: the ids of each ImageNet class's texts; ``kinds``: (text ids, 0/1 over the 1,000 classes)."""

    def __init__(self, data: Path, cache: Path, sets: list[str], permissive: bool = False):
        self.sets = {n: load_set(data, n, cache, permissive) for n in sets if set_folder(data, n, cache).exists()}
        self.sets = {n: s for n, s in self.sets.items() if len(s.train)}
        trunk, weight, bias = load_trunk()
        self.options: dict[str, dict[int, tuple[list[int], list[float]]]] = {}
        self.features: dict[str, Tensor] = {}
        self.teacher: dict[str, Tensor] = {}
        self.kind_ids: dict[str, list[int]] = {}
        kinds: dict[str, int] = {}
        self.texts: list[str] = []
        index: dict[str, int] = {}

        def text_id(text: str) -> int:
            if text not in index:
                index[text] = len(self.texts)
                self.texts.append(text)
            return index[text]

        scale = None
        for n, s in self.sets.items():
            told = grocery_descriptions(s.records)
            self.options[n] = {}
            for i in s.train.tolist():
                said = phrasings(n, s.records[i], told)
                self.options[n][i] = ([text_id(t) for t, _ in said], [w for _, w in said])
            self.kind_ids[n] = [kinds.setdefault(kind_of(n, r), len(kinds)) for r in s.records]
            path = cache / f"feat-{n}{'-permissive' if permissive else ''}.npy"
            if not path.exists():
                np.save(path, trunk_features(trunk, s.pixels, 128 if SIDE[n] < 100 else 224))
            self.features[n] = torch.from_numpy(np.load(path))
            self.teacher[n] = torch.softmax(self.features[n] @ weight.T + bias, 1).half()
            if n == "things":
                self.teacher[n].zero_()  # it has seen photographs only, and takes a drawn cup for a mask
        every = torch.cat([self.features[n][torch.from_numpy(s.train)] for n, s in self.sets.items()])
        self.feature_mean, scale = every.mean(0), 1 / every.std(0).clamp(min=1e-3)
        self.feature_scale = scale
        self.raw = self.features
        self.features = {n: F.normalize((f - self.feature_mean) * scale, dim=-1).half() for n, f in self.features.items()}
        self.names = [[text_id(t) for t in known] for known in imagenet_names()]
        self.kinds = []
        for kind, below in wordnet_kinds().items():
            mask = torch.zeros(1000)
            mask[below] = 1
            self.kinds.append(([text_id(kind), text_id(f"a photo of {with_a(kind)}")], mask))
        self.class_texts: dict[str, list[list[int]]] = {}
        self.class_of: dict[str, list[int]] = {}
        for n, key in CLASSES.items():
            if n not in self.sets:
                continue
            records = self.sets[n].records
            labels = sorted({records[i][key] for i in self.sets[n].train.tolist()})
            at = {label: k for k, label in enumerate(labels)}
            self.class_of[n] = [at.get(r[key], -1) for r in records]
            self.class_texts[n] = [[text_id(t) for t in class_names(n, label, records)] for label in labels]
        self.kind_count = len(kinds)
        path = cache / f"sentences-{len(self.texts)}.npy"
        if not path.exists():
            np.save(path, sentence_vectors(self.texts))
        self.text_vectors = torch.from_numpy(np.load(path))
        self.scenes = self.rooms(data, cache) if not permissive else None

    def contrasts(self) -> Contrasts:
        """Colours and wearers of the train pictures; their phrasings join ``texts`` and ``text_vectors``."""
        out = Contrasts(len(self.texts))
        for name in ("fashion", "fashion-thumbnails", "general"):
            for i in self.sets[name].train.tolist() if name in self.sets else []:
                out.learn(name, i, self.sets[name].records[i])
        out.phrase()
        if out.texts:
            self.texts += out.texts
            self.text_vectors = torch.cat([self.text_vectors, torch.from_numpy(sentence_vectors(out.texts))])
        return out

    @staticmethod
    def rooms(data: Path, cache: Path) -> np.ndarray:
        """Room scenes of the train part, as grounds."""
        path = cache / "rooms-train.npy"
        if not path.exists():
            shards: dict = {}
            records = [r for r in read_records(data / "general", "rooms.ndjson") if r["split"] == "train"]
            np.save(path, np.stack([decode(picture_bytes(data / "general", r, shards), 192) for r in records]))
        return np.load(path)

    def pick(self, name: str, count: int, chance: random.Random) -> list[int]:
        train = self.sets[name].train
        return [int(train[chance.randrange(len(train))]) for _ in range(count)]

    def draw(self, name: str, i: int, chance: random.Random) -> int:
        """A text of the picture, drawn by weight."""
        ids, weights = self.options[name][i]
        return chance.choices(ids, weights)[0]


def class_names(name: str, label: str, records: list[dict]) -> list[str]:
    from .words import CLOTHES, article

    if name == "clothing":
        nouns = CLOTHES.get(label, [label.lower()])
    elif name == "general":
        return [f"a photo of {with_a(label)}", label]
    elif name == "grocery":
        nouns = [next(r["title"] for r in records if r["label"] == label)]
        return [f"a photo of {nouns[0]}", nouns[0], f"{nouns[0]} in a shop"]
    else:
        nouns = [article(label), label.lower()]
    return [f"a photo of {with_a(n)}" for n in nouns] + [f"a photo of a {n}" for n in nouns[:1]] + nouns[:2]
