"""Makes the encoder: ``python models/recipe/make.py --data DIR --work DIR --out models/vitrine-clip``.

Every step leaves its result in ``--work`` and is skipped when it is there; a stopped run goes on where it stood.
"""
from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch
from torch import nn

from vitrine_clip.corpus import Corpus
from vitrine_clip.data import SIDE
from vitrine_clip.export import export, picture_weights
from vitrine_clip.heads import train_heads
from vitrine_clip.model import PictureTower, WordTower
from vitrine_clip.text import load_sentence_trunk
from vitrine_clip.train import LAST, LATE, WITH_DRAWN, WITH_THINGS, Stage, Trainer
from vitrine_clip.trunk import load_trunk

HEAD_SETS = ["fashion", "general", "clothing", "grocery"]
STAGES = {
    "a": dict(size=128, kin=False,
              shares={"fashion-thumbnails": 32, "fashion": 28, "general": 44, "clothing": 14, "grocery": 10}),
    "c": dict(size=144, first=6, lr_head=7e-4, seed=3, horizon=1800,
              shares={"fashion-thumbnails": 20, "fashion": 30, "general": 52, "clothing": 14, "grocery": 12}),
    "d": dict(size=144, lr_head=8e-4, seed=5, weights=LATE,
              shares={"fashion-thumbnails": 24, "fashion": 34, "general": 46, "clothing": 14, "grocery": 10}),
    "e": dict(size=144, lr_trunk=1.2e-4, lr_head=6e-4, seed=7, weights=LAST,
              shares={"fashion-thumbnails": 26, "fashion": 34, "general": 44, "clothing": 14, "grocery": 10}),
    "f": dict(size=144, lr_trunk=1.6e-4, lr_head=7e-4, seed=11, weights=LAST | {"who": 0.3},
              shares={"fashion-thumbnails": 26, "fashion": 34, "general": 46, "clothing": 12, "grocery": 10}),
    "g": dict(size=144, lr_trunk=1.5e-4, lr_head=6e-4, seed=17, weights=WITH_DRAWN, drawn=16,
              shares={"fashion-thumbnails": 22, "fashion": 34, "general": 52, "clothing": 12, "grocery": 8}),
    "h": dict(size=144, first=12, lr_trunk=1.5e-4, lr_head=6e-4, seed=23, weights=WITH_THINGS, drawn=8,
              shares={"fashion": 42, "general": 48, "clothing": 14, "grocery": 8, "things": 16}),
}


def parameters(pictures: PictureTower, sentences: WordTower, scales: nn.ParameterList) -> dict[str, nn.Parameter]:
    return (
        {f"p.{k}": v for k, v in pictures.named_parameters()}
        | {f"s.{k}": v for k, v in sentences.named_parameters()}
        | {f"scale.{i}": v for i, v in enumerate(scales)}
    )


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--data", type=Path, required=True, help="folder with the picture sets")
    ask.add_argument("--work", type=Path, required=True, help="caches and states (3 GB)")
    ask.add_argument("--out", type=Path, required=True, help="the model's folder")
    ask.add_argument("--licences", choices=("all", "permissive"), default="all")
    ask.add_argument("--steps", default="a=920,c=328,d=102,e=300,f=1205,g=1393", help="stages and their steps")
    ask.add_argument("--minutes", type=float, default=0, help="end each stage by the clock instead")
    ask.add_argument("--sets", help="only these sets, by name with commas between")
    ask.add_argument("--blend", type=float, default=1.0, help="share of the tuned weights; the rest is stage 0's")
    ask.add_argument("--mix", type=float, default=0.5, help="share of the last stage's weights; the rest is the stage's before it")
    ask.add_argument("--views", default="208+160m", help="sides the graph sees a picture at, m mirrored; the first is its input's")
    ask.add_argument("--state", type=Path, help="model folder to go on from, instead of from stage 0")
    ask.add_argument("--threads", type=int, default=2)
    args = ask.parse_args()
    torch.set_num_threads(args.threads)
    permissive = args.licences == "permissive"
    args.work.mkdir(parents=True, exist_ok=True)
    names = args.sets.split(",") if args.sets else list(SIDE)
    corpus = Corpus(args.data, args.work / "cache", names, permissive)
    trunk, _, _ = load_trunk()
    pictures, sentences = PictureTower(trunk), WordTower(load_sentence_trunk())
    scales = nn.ParameterList([nn.Parameter(torch.tensor(math.log(s))) for s in (14.0, 20.0)])
    heads = args.work / f"heads-{args.licences}.pt"
    if not heads.exists():
        train_heads(corpus, pictures, sentences, scales, HEAD_SETS)
        torch.save({"p": pictures.head.state_dict(), "s": sentences.head.state_dict(), "scales": scales.state_dict()}, heads)
    saved = torch.load(heads, weights_only=True)
    pictures.head.load_state_dict(saved["p"])
    sentences.head.load_state_dict(saved["s"])
    scales.load_state_dict(saved["scales"])
    before = {k: v.detach().clone() for k, v in parameters(pictures, sentences, scales).items()}
    if args.state:
        state = picture_weights(args.state / "onnx" / "vision_model_fp16.onnx")
        state |= torch.load(Path(__file__).parent / "state" / "words.pt", weights_only=True)
        places = parameters(pictures, sentences, scales) | buffers(pictures, sentences)
        missing = [k for k in places if k not in state and not k.startswith("s.trunk.")]
        if missing:
            raise SystemExit(f"{args.state} lacks {missing}")
        with torch.no_grad():
            for key, value in places.items():
                if key in state:
                    value.copy_(state[key].float().reshape(value.shape))
    earlier = before
    for part in args.steps.split(","):
        earlier = {k: v.detach().clone() for k, v in parameters(pictures, sentences, scales).items()}
        name, steps = part.split("=")
        stage = Stage(name=f"{name}-{args.licences}", steps=int(steps), minutes=args.minutes, **STAGES[name])
        stage.shares = balanced(stage.shares, corpus)
        Trainer(stage, corpus, pictures, sentences, scales, args.work, args.threads).run()
    with torch.no_grad():
        for key, value in parameters(pictures, sentences, scales).items():
            value.lerp_(earlier[key], 1 - args.mix)
    if args.blend < 1:
        with torch.no_grad():
            for key, value in parameters(pictures, sentences, scales).items():
                value.lerp_(before[key], 1 - args.blend)
    export(pictures, sentences, args.out, args.work / "onnx", args.views, min(100.0, float(scales[0].detach().exp())),
           {"licences": args.licences, "steps": args.steps, "blend": args.blend, "mix": args.mix, "views": args.views})


def buffers(pictures: PictureTower, sentences: WordTower) -> dict[str, torch.Tensor]:
    return {f"p.{k}": v for k, v in pictures.named_buffers()} | {f"s.{k}": v for k, v in sentences.named_buffers()}


def balanced(shares: dict[str, int], corpus: Corpus) -> dict[str, int]:
    """The shares of the sets that are there, scaled to a batch of 128."""
    there = {n: s for n, s in shares.items() if n in corpus.sets}
    total = sum(there.values())
    return {n: max(4, round(128 * s / total)) for n, s in there.items()}


if __name__ == "__main__":
    main()
