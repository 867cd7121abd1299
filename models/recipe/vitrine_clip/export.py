"""Two towers to the Hugging Face folder layout that the product loads: ONNX files, config, preprocessor, tokenizer."""
from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from .model import DIMENSION, PictureTower, WordTower
from .text import minilm_folder
from .trunk import IMAGENET_MEAN, IMAGENET_STD

WINDOW = 128


class View(nn.Module):
    """The picture at another size, mirrored if asked: ``A x Bᵀ`` with the two matrices of an antialiased bicubic
    resize, so that every runtime computes the same."""

    def __init__(self, size: int, side: int, mirrored: bool):
        super().__init__()
        rows = F.interpolate(torch.eye(size)[None, None], size=(side, size), mode="bicubic", antialias=True)[0, 0]
        columns = rows.T.contiguous()
        self.register_buffer("rows", rows)
        self.register_buffer("columns", columns.flip(0).contiguous() if mirrored else columns)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rows @ x @ self.columns


class Pictures(nn.Module):
    """The graph that ships: the mean of the unit vectors of the views. ``views`` are (side, mirrored) pairs."""

    def __init__(self, tower: PictureTower, size: int, views: list[tuple[int, bool]]):
        super().__init__()
        self.tower = tower
        self.views = nn.ModuleList(
            nn.Identity() if (side, mirrored) == (size, False) else View(size, side, mirrored) for side, mirrored in views
        )

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        if len(self.views) == 1:
            return self.tower(self.views[0](pixel_values))
        seen = [F.normalize(self.tower(view(pixel_values)), dim=-1) for view in self.views]
        return torch.stack(seen).mean(0)


class _Sentences(nn.Module):
    def __init__(self, tower: WordTower):
        super().__init__()
        self.tower = tower

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.tower(input_ids, attention_mask)


def read_views(text: str) -> list[tuple[int, bool]]:
    """``208+160m`` to ``[(208, False), (160, True)]``: sides in pixels, ``m`` for mirrored."""
    return [(int(part.removesuffix("m")), part.endswith("m")) for part in text.split("+")]


def pictures_onnx(tower: PictureTower, views: list[tuple[int, bool]], path: Path) -> None:
    """Full-precision vision graph with a free batch dimension; pixels come at the side of the first view."""
    size = views[0][0]
    tower = tower.eval().float().to(memory_format=torch.contiguous_format)
    torch.onnx.export(
        Pictures(tower, size, views), (torch.zeros(2, 3, size, size),), str(path), dynamo=False, opset_version=17,
        input_names=["pixel_values"], output_names=["image_embeds"],
        dynamic_axes={"pixel_values": {0: "batch"}, "image_embeds": {0: "batch"}},
    )


def sentences_onnx(tower: WordTower, path: Path) -> None:
    """Full-precision text graph, batch and length free."""
    tower = tower.eval().float()
    ids = torch.ones(2, 9, dtype=torch.int64)
    torch.onnx.export(
        _Sentences(tower), (ids, torch.ones_like(ids)), str(path), dynamo=False, opset_version=17,
        input_names=["input_ids", "attention_mask"], output_names=["text_embeds"],
        dynamic_axes={
            "input_ids": {0: "batch", 1: "length"}, "attention_mask": {0: "batch", 1: "length"},
            "text_embeds": {0: "batch"},
        },
    )


def store_as_half(source: Path, target: Path, least: int = 512) -> None:
    """Weights on disk as float16, widened to float32 by Cast nodes that the runtime folds when it loads the graph:
    half the size, full speed on a CPU, and arithmetic stays float32."""
    model = onnx.load(str(source))
    graph, casts, kept = model.graph, [], []
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or array.size < least:
            kept.append(tensor)
            continue
        kept.append(numpy_helper.from_array(array.astype(np.float16), tensor.name + "_half"))
        casts.append(helper.make_node("Cast", [tensor.name + "_half"], [tensor.name], to=TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(casts + nodes)
    onnx.save(model, str(target))


def picture_weights(path: Path) -> dict[str, torch.Tensor]:
    """The vision tower's weights read back from an exported graph, named ``p.…`` as in training: the shipped model is
    itself the state to go on from."""
    out = {}
    for tensor in onnx.load(str(path)).graph.initializer:
        if tensor.name.startswith("tower."):
            name = "p." + tensor.name.removeprefix("tower.").removesuffix("_half")
            out[name] = torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))
    return out


def quantise_sentences(source: Path, target: Path) -> None:
    """Dynamic int8 of every matrix product, and the word table in int8."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(str(source), str(target), weight_type=QuantType.QInt8, per_channel=True)


def write_folder(folder: Path, size: int, logit_scale: float, fingerprint: dict) -> None:
    """The small files beside the graphs. ``logit_scale`` is the factor on cosines (not its logarithm)."""
    folder.mkdir(parents=True, exist_ok=True)
    square = {"height": size, "width": size}

    def write(name: str, value: dict) -> None:
        (folder / name).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")

    write("config.json", {
        "model_type": "clip",
        "architectures": ["CLIPModel"],
        "_name_or_path": "vitrine-clip",
        "projection_dim": DIMENSION,
        "logit_scale_init_value": round(math.log(logit_scale), 6),
        "logit_scale": round(logit_scale, 4),
        "text_config": {"model_type": "clip_text_model", "projection_dim": DIMENSION, "hidden_size": 384,
                        "max_position_embeddings": WINDOW, "vocab_size": 30522},
        "vision_config": {"model_type": "clip_vision_model", "projection_dim": DIMENSION, "hidden_size": 1280,
                          "image_size": size, "patch_size": 32},
        "vitrine": fingerprint,
    })
    write("preprocessor_config.json", {
        "image_processor_type": "CLIPImageProcessor", "feature_extractor_type": "CLIPFeatureExtractor",
        "do_convert_rgb": True, "do_resize": True, "size": square, "resample": 3,
        "do_center_crop": False, "crop_size": square,
        "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": list(IMAGENET_MEAN), "image_std": list(IMAGENET_STD),
    })
    tokenizer = json.loads((minilm_folder() / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["padding"] = tokenizer["truncation"] = None
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    write("tokenizer_config.json", {
        "tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": WINDOW,
        "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]",
        "clean_up_tokenization_spaces": True, "strip_accents": None, "tokenize_chinese_chars": True,
    })


def export(pictures: PictureTower, sentences: WordTower, folder: Path, work: Path, views: str, logit_scale: float,
           fingerprint: dict) -> None:
    """The whole folder. Full-precision graphs stay in ``work`` for comparison."""
    work.mkdir(parents=True, exist_ok=True)
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    sides = read_views(views)
    pictures_onnx(pictures, sides, work / "vision_model.onnx")
    sentences_onnx(sentences, work / "text_model.onnx")
    store_as_half(work / "vision_model.onnx", work / "vision_model_fp16.onnx")
    quantise_sentences(work / "text_model.onnx", work / "text_model_quantized.onnx")
    for name in ("vision_model_fp16.onnx", "text_model_quantized.onnx"):
        shutil.copyfile(work / name, folder / "onnx" / (name + ".part"))
        (folder / "onnx" / (name + ".part")).rename(folder / "onnx" / name)
    write_folder(folder, sides[0][0], logit_scale, fingerprint)
