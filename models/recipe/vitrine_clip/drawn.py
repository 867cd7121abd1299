"""Drawn pictures: plain surfaces, simple shapes and patterns in known colours, with the words for them.

Photographs of goods never show a colour or a shape alone, and the sentence trunk hardly tells "a red circle" from "a blue square". A few drawn pictures in every batch
teach both towers the words that shoppers use for what a thing looks like.
"""
from __future__ import annotations

import math
import random

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFilter
from torch import Tensor

COLOURS: dict[str, list[tuple[int, int, int]]] = {
    "black": [(0, 0, 0), (22, 22, 25), (35, 33, 32)],
    "white": [(255, 255, 255), (246, 246, 244), (236, 238, 240)],
    "grey": [(128, 128, 128), (160, 162, 165), (96, 98, 100)],
    "brown": [(139, 69, 19), (110, 70, 40), (92, 51, 23), (150, 98, 60)],
    "beige": [(245, 245, 220), (222, 205, 170), (210, 190, 155)],
    "red": [(255, 0, 0), (205, 25, 30), (220, 50, 47), (178, 14, 20)],
    "orange": [(255, 165, 0), (255, 120, 0), (235, 110, 30)],
    "yellow": [(255, 255, 0), (250, 215, 40), (240, 200, 20)],
    "green": [(0, 128, 0), (0, 255, 0), (40, 160, 70), (20, 100, 50), (110, 180, 60)],
    "blue": [(0, 0, 255), (30, 90, 200), (50, 120, 220), (20, 60, 160)],
    "navy blue": [(0, 0, 128), (20, 30, 80), (15, 25, 60)],
    "turquoise": [(64, 224, 208), (0, 150, 150), (30, 180, 180)],
    "purple": [(128, 0, 128), (110, 50, 160), (90, 30, 130)],
    "pink": [(255, 192, 203), (255, 105, 180), (240, 130, 170)],
}
SHAPES: dict[str, list[str]] = {
    "plain": ["a plain {c} surface", "plain {c}", "a {c} background", "solid {c} colour", "nothing but {c}"],
    "circle": ["a {c} circle", "a {c} disc", "a round {c} shape", "a {c} ball", "a picture of a {c} circle"],
    "square": ["a {c} square", "a {c} box", "a square {c} shape", "a {c} rectangle", "a picture of a {c} square"],
    "triangle": ["a {c} triangle", "a {c} three-cornered shape", "a drawing of a {c} triangle", "a {c} pyramid", "a picture of a {c} triangle"],
    "star": ["a {c} star", "a star in {c}", "a drawing of a {c} star", "a {c} star shape", "a picture of a {c} star"],
    "ring": ["a {c} ring", "a {c} hoop", "a {c} circle with a hole", "a drawing of a {c} ring", "a picture of a {c} ring"],
    "cross": ["a {c} cross", "a {c} plus sign", "a drawing of a {c} cross", "a {c} cross shape", "a picture of a {c} cross"],
    "stripes": ["{c} stripes", "a {c} striped pattern", "{c} bars", "something {c} with stripes", "a picture of {c} stripes"],
    "checks": ["{c} checks", "a {c} checked pattern", "a {c} chessboard", "something {c} with checks", "a picture of {c} squares in a grid"],
    "dots": ["{c} dots", "a {c} dotted pattern", "{c} polka dots", "something {c} with dots", "a picture of many small {c} circles"],
}
FRAMES = 5
BARE = ["{c}", "something {c}", "{c} colour", "a {c} one", "in {c}"]
NEAR = {("blue", "navy blue"), ("blue", "turquoise"), ("white", "beige"), ("orange", "yellow"), ("red", "pink"), ("red", "orange"), ("brown", "beige"), ("green", "turquoise"), ("purple", "pink"), ("grey", "white"), ("black", "navy blue"), ("brown", "orange")}


def near(a: str, b: str) -> bool:
    return a == b or (a, b) in NEAR or (b, a) in NEAR


def tint(colour: str, chance: random.Random) -> tuple[int, int, int]:
    return tuple(max(0, min(255, v + chance.randint(-10, 10))) for v in chance.choice(COLOURS[colour]))


def drawn(shape: str, colour: str, size: int, chance: random.Random) -> np.ndarray:
    """A picture ``[size, size, 3]`` uint8."""
    big = size * 2
    ground = "white" if chance.random() < 0.6 else chance.choice(list(COLOURS))
    while near(ground, colour):
        ground = chance.choice(list(COLOURS))
    ink = tint(colour, chance)
    picture = Image.new("RGB", (big, big), ink if shape == "plain" else (255, 255, 255) if ground == "white" and chance.random() < 0.6 else tint(ground, chance))
    pen = ImageDraw.Draw(picture)
    r = big * chance.uniform(0.18, 0.44)
    room = max(0.0, big / 2 - r) * 0.8
    x, y = big / 2 + chance.uniform(-room, room), big / 2 + chance.uniform(-room, room)

    def polygon(corners: int, inner: float = 1.0, turn: float | None = None) -> None:
        start = chance.uniform(0, 2 * math.pi) if turn is None else turn
        count = corners * (1 if inner == 1.0 else 2)
        pen.polygon([(x + math.cos(start + 2 * math.pi * k / count) * r * (inner if k % 2 and inner != 1.0 else 1), y + math.sin(start + 2 * math.pi * k / count) * r * (inner if k % 2 and inner != 1.0 else 1)) for k in range(count)], fill=ink)

    if shape == "circle":
        squeeze = chance.uniform(0.85, 1)
        pen.ellipse((x - r, y - r * squeeze, x + r, y + r * squeeze), fill=ink)
    elif shape == "square":
        if chance.random() < 0.7:
            squeeze = chance.uniform(0.6, 1)
            pen.rectangle((x - r, y - r * squeeze, x + r, y + r * squeeze), fill=ink)
        else:
            polygon(4)
    elif shape == "triangle":
        polygon(3, turn=-math.pi / 2 if chance.random() < 0.6 else None)
    elif shape == "star":
        polygon(5, inner=chance.uniform(0.38, 0.5), turn=-math.pi / 2 if chance.random() < 0.6 else None)
    elif shape == "ring":
        pen.ellipse((x - r, y - r, x + r, y + r), outline=ink, width=int(r * chance.uniform(0.15, 0.4)))
    elif shape == "cross":
        w = r * chance.uniform(0.2, 0.4)
        pen.rectangle((x - r, y - w, x + r, y + w), fill=ink)
        pen.rectangle((x - w, y - r, x + w, y + r), fill=ink)
    elif shape == "stripes":
        step = big / chance.randint(3, 9)
        along, shift = chance.random(), chance.uniform(0, step)
        for k in range(-14, 24):
            at = shift + k * step
            if along < 0.4:
                pen.rectangle((0, at, big, at + step / 2), fill=ink)
            elif along < 0.8:
                pen.rectangle((at, 0, at + step / 2, big), fill=ink)
            else:
                pen.polygon([(at, 0), (at + step / 2, 0), (at + step / 2 - big, big), (at - big, big)], fill=ink)
    elif shape == "checks":
        count = chance.randint(3, 9)
        step = big / count
        for i in range(count):
            for j in range(i % 2, count, 2):
                pen.rectangle((i * step, j * step, (i + 1) * step, (j + 1) * step), fill=ink)
    elif shape == "dots":
        count = chance.randint(3, 7)
        step, small = big / count, big / count * chance.uniform(0.18, 0.36)
        for i in range(count):
            for j in range(count):
                cx, cy = (i + 0.5) * step, (j + 0.5 + (i % 2) * 0.5) * step
                pen.ellipse((cx - small, cy - small, cx + small, cy + small), fill=ink)
    picture = picture.resize((size, size), Image.LANCZOS)
    if chance.random() < 0.15:
        picture = picture.filter(ImageFilter.GaussianBlur(chance.uniform(0.3, 1.5)))
    out = np.asarray(picture, np.float32)
    if chance.random() < 0.4:
        out = out + np.random.default_rng(chance.randrange(1 << 30)).normal(0, chance.uniform(1, 8), out.shape)
    return out.clip(0, 255).astype(np.uint8)


class Drawn:
    """Texts of all shapes and colours, by phrasing; sentence vectors from ``vectors_of``."""

    def __init__(self, vectors_of):
        self.pairs = [(s, c) for s in SHAPES for c in COLOURS]
        texts = [SHAPES[s][f].format(c=c) for f in range(FRAMES) for s, c in self.pairs]
        texts += [BARE[f].format(c=c) for f in range(FRAMES) for c in COLOURS]
        self.texts = [t.replace("a orange", "an orange") for t in texts]
        vectors = torch.from_numpy(vectors_of(self.texts)).float()
        cut = FRAMES * len(self.pairs)
        self.of_pairs = vectors[:cut].reshape(FRAMES, len(self.pairs), -1)
        self.of_colours = vectors[cut:].reshape(FRAMES, len(COLOURS), -1)

    def batch(self, count: int, size: int, chance: random.Random) -> tuple[np.ndarray, list[int]]:
        """Pictures, and the place of each in ``pairs``; a third of them plain."""
        at = [chance.randrange(len(COLOURS)) if chance.random() < 0.25 else chance.randrange(len(self.pairs)) for _ in range(count)]
        return np.stack([drawn(*self.pairs[k], size, chance) for k in at]), at

    def loss(self, seen: Tensor, at: list[int], read, scale: Tensor, chance: random.Random) -> Tensor:
        """Cross entropy of each picture among all shapes and colours in one phrasing, of each phrasing among the pictures, and among bare colours."""
        label = torch.tensor(at)
        told = read(self.of_pairs[chance.randrange(FRAMES)])
        logits = scale * seen @ told.T
        whole = F.cross_entropy(logits, label)
        unique, back = torch.unique(label, return_inverse=True)
        share = (back[None] == torch.arange(len(unique))[:, None]).float()
        across = -(share / share.sum(1, keepdim=True) * logits.T[unique].log_softmax(1)).sum(1).mean()
        colours = read(self.of_colours[chance.randrange(FRAMES)])
        bare = F.cross_entropy(scale * seen @ colours.T, label % len(COLOURS))
        return whole + 0.5 * across + 0.5 * bare
