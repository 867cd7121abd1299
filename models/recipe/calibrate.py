"""How honest the probabilities are: ``python models/recipe/calibrate.py --data DIR --model models/vitrine-clip``.

Softmax over class names at the model's own temperature, on the val pictures of clothing, grocery and fashion; prints the
expected calibration error, the temperature that fits best, the table of the card, and draws ``reliability.svg``.
"""
from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from vitrine_clip.data import picture_bytes, read_records
from vitrine_clip.measures import unit
from vitrine_clip.trunk import IMAGENET_MEAN, IMAGENET_STD
from vitrine_clip.words import article, with_a

CLOTHES = {"Longsleeve": "long-sleeved top", "Outwear": "outerwear jacket or coat", "Body": "baby bodysuit",
           "Pants": "pair of trousers", "T-Shirt": "t-shirt", "Polo": "polo shirt", "Shoes": "pair of shoes",
           "Shorts": "pair of shorts"}


class Model:
    def __init__(self, folder: Path):
        from tokenizers import Tokenizer

        self.config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.pictures = onnxruntime.InferenceSession(folder / "onnx" / "vision_model_fp16.onnx")
        self.words = onnxruntime.InferenceSession(folder / "onnx" / "text_model_quantized.onnx")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def see(self, jpegs: list[bytes]) -> np.ndarray:
        side, out = self.config["vision_config"]["image_size"], []
        for jpeg in jpegs:
            with Image.open(io.BytesIO(jpeg)) as picture:
                pixels = np.asarray(picture.convert("RGB").resize((side, side), Image.Resampling.BICUBIC), np.float32) / 255
            pixels = (pixels - np.array(IMAGENET_MEAN, np.float32)) / np.array(IMAGENET_STD, np.float32)
            out.append(self.pictures.run(None, {"pixel_values": pixels.transpose(2, 0, 1)[None]})[0][0])
        return unit(np.stack(out))

    def read(self, texts: list[str]) -> np.ndarray:
        out = []
        for text in texts:
            ids = np.array([self.tokenizer.encode(text).ids], np.int64)
            out.append(self.words.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0])
        return unit(np.stack(out))


def cases(data: Path, model: Model) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each set: cosines ``[pictures, classes]`` and the right class of each picture."""
    out = []
    for name, key, limit in (("clothing", "label", None), ("grocery", "label", None), ("fashion", "article_type", 300)):
        records, shards = read_records(data / name), {}
        val = [r for r in records if r["split"] == "val"][:limit]
        labels = sorted({r[key] for r in records})
        if name == "grocery":
            said = [f"a photo of {next(r['title'] for r in records if r[key] == label)}" for label in labels]
        elif name == "clothing":
            said = [f"a photo of a {CLOTHES.get(label, label.lower())}" for label in labels]
        else:
            said = [f"a photo of {with_a(article(label))}" for label in labels]
        seen = model.see([picture_bytes(data / name, r, shards) for r in val])
        out.append((seen @ model.read(said).T, np.array([labels.index(r[key]) for r in val])))
    return out


def reliability(rows: list[tuple[np.ndarray, np.ndarray]], factor: float) -> tuple[float, float, list[tuple[float, float, int]]]:
    """Mean negative log likelihood (sets count alike), expected calibration error over tenths, and for each tenth
    (mean probability, share right, pictures)."""
    loss, sure, right = [], [], []
    for cosines, wanted in rows:
        e = np.exp(factor * (cosines - cosines.max(1, keepdims=True)))
        p = e / e.sum(1, keepdims=True)
        loss.append(-np.log(p[np.arange(len(wanted)), wanted] + 1e-12).mean())
        sure.append(p.max(1))
        right.append(p.argmax(1) == wanted)
    s, r = np.concatenate(sure), np.concatenate(right).astype(float)
    tenths = []
    for k in range(10):
        at = (s > k / 10) & (s <= (k + 1) / 10)
        if at.any():
            tenths.append((float(s[at].mean()), float(r[at].mean()), int(at.sum())))
    error = sum(n * abs(a - b) for a, b, n in tenths) / len(s)
    return float(np.mean(loss)), error, tenths


def draw(tenths: list[tuple[float, float, int]], error: float) -> str:
    """The plot: said against right, discs by number of pictures."""
    x, y = (lambda v: round(44 + 220 * v, 1)), (lambda v: round(236 - 220 * v, 1))
    ticks = "".join(
        f'<text x="{x(v)}" y="252" text-anchor="middle">{v:g}</text><text x="38" y="{y(v) + 4}" text-anchor="end">{v:g}</text>'
        for v in (0, 0.5, 1)
    )
    discs = "".join(f'<circle cx="{x(a)}" cy="{y(b)}" r="{round(2 + (n / 8) ** 0.5, 1)}"/>' for a, b, n in tenths)
    line = " ".join(f"{x(a)},{y(b)}" for a, b, _ in tenths)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 280 276" width="280" height="276" font-family="sans-serif" font-size="11" fill="#444">'
        f"<title>Reliability: expected calibration error {error:.3f}</title>"
        '<rect width="280" height="276" fill="#fff"/>'
        f'<path d="M44 236H264V16H44zM44 236L264 16" fill="none" stroke="#bbb"/>{ticks}'
        f'<polyline points="{line}" fill="none" stroke="#1b6e5a"/><g fill="#1b6e5a" fill-opacity=".65">{discs}</g>'
        '<text x="154" y="269" text-anchor="middle">said</text>'
        '<text x="14" y="126" text-anchor="middle" transform="rotate(-90 14 126)">right</text></svg>\n'
    )


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--data", type=Path, required=True)
    ask.add_argument("--model", type=Path, required=True)
    args = ask.parse_args()
    model = Model(args.model)
    rows, factor = cases(args.data, model), float(model.config["logit_scale"])
    fits = min(np.arange(10, 80, 0.5), key=lambda k: reliability(rows, k)[0])
    _, error, tenths = reliability(rows, factor)
    print(f"factor {factor:.2f}: error {error:.3f} over {sum(len(w) for _, w in rows)} pictures; best factor {fits}: error {reliability(rows, fits)[1]:.3f}")
    for cells in zip(*[(f"{a:.2f}", f"{b:.2f}", str(n)) for a, b, n in tenths]):
        print("| " + " | ".join(cells) + " |")
    (args.model / "reliability.svg").write_text(draw(tenths, error), encoding="utf-8")


if __name__ == "__main__":
    main()
