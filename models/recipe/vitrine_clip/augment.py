"""Makes a studio photograph look like a phone's: other ground, crop, size, light, flip, blur. uint8 in, uint8 out."""
from __future__ import annotations

import random

import cv2
import numpy as np
import torch
from torch import Tensor

from .trunk import IMAGENET_MEAN, IMAGENET_STD

cv2.setNumThreads(1)


def ground_mask(picture: np.ndarray) -> np.ndarray | None:
    """Where a white studio ground shows: joined to the border and nearly white. ``None`` unless the corners are."""
    h, w = picture.shape[:2]
    corners = [(0, 0), (w - 1, 0), (0, h - 1), (w - 1, h - 1)]
    white = [p for p in corners if picture[p[1], p[0]].min() > 232]
    if len(white) < 3:
        return None
    mask = np.zeros((h + 2, w + 2), np.uint8)
    flags = 4 | (255 << 8) | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE
    for point in white:
        if mask[point[1] + 1, point[0] + 1] == 0:
            cv2.floodFill(picture, mask, point, 0, (14, 14, 14), (30, 30, 30), flags)
    inner = mask[1:-1, 1:-1]
    return inner if inner.mean() > 25 else None


def new_ground(h: int, w: int, scenes: np.ndarray | None, chance: random.Random) -> np.ndarray:
    """A colour, a gradient, or a blurred piece of somebody's room."""
    draw = chance.random()
    if scenes is not None and draw < 0.45:
        scene = scenes[chance.randrange(len(scenes))]
        side = chance.randint(scene.shape[0] // 3, scene.shape[0])
        y, x = chance.randint(0, scene.shape[0] - side), chance.randint(0, scene.shape[1] - side)
        piece = cv2.resize(scene[y : y + side, x : x + side], (w, h))
        blur = chance.choice((3, 7, 15))
        return cv2.blur(piece, (blur, blur))
    one = np.array([chance.randint(0, 255) for _ in range(3)], np.float32)
    if draw < 0.6:
        one = np.full(3, chance.randint(0, 255), np.float32)
    if draw < 0.75:
        return np.broadcast_to(one.astype(np.uint8), (h, w, 3)).copy()
    other = np.clip(one + np.array([chance.randint(-90, 90) for _ in range(3)]), 0, 255).astype(np.float32)
    ramp = np.linspace(0, 1, h, dtype=np.float32)[:, None, None]
    return np.broadcast_to(one * ramp + other * (1 - ramp), (h, w, 3)).astype(np.uint8)


def spoil(picture: np.ndarray, size: int, scenes: np.ndarray | None, chance: random.Random,
          least: float = 0.45) -> np.ndarray:
    """One augmented view ``[size, size, 3]``."""
    if chance.random() < 0.3:
        mask = ground_mask(picture)
        if mask is not None:
            h, w = picture.shape[:2]
            soft = cv2.blur(mask, (3, 3)).astype(np.float32)[..., None] / 255
            picture = (picture * (1 - soft) + new_ground(h, w, scenes, chance) * soft).astype(np.uint8)
    h, w = picture.shape[:2]
    if chance.random() < 0.12:
        # the thing is small in the scene
        grow = chance.uniform(1.15, 1.6)
        big = int(h * grow)
        ground = new_ground(big, big, scenes, chance)
        y, x = chance.randint(0, big - h), chance.randint(0, big - w)
        ground[y : y + h, x : x + w] = picture
        picture, (h, w) = ground, ground.shape[:2]
    area, ratio = chance.uniform(least, 1.0), chance.uniform(0.8, 1.25)
    ch, cw = min(h, int(h * (area * ratio) ** 0.5)), min(w, int(w * (area / ratio) ** 0.5))
    y, x = chance.randint(0, h - ch), chance.randint(0, w - cw)
    crop = picture[y : y + ch, x : x + cw]
    if chance.random() < 0.15 and ch > 100:
        low = chance.randint(56, 96)
        crop = cv2.resize(crop, (low, low), interpolation=cv2.INTER_AREA)
    how = cv2.INTER_AREA if crop.shape[0] > size else cv2.INTER_CUBIC
    out = cv2.resize(crop, (size, size), interpolation=how)
    return out[:, ::-1] if chance.random() < 0.5 else out


def to_pixels(batch: np.ndarray, jitter: bool) -> Tensor:
    """uint8 ``[n, s, s, 3]`` to normalised float ``[n, 3, s, s]``; with ``jitter``, light and colour vary a little (not
    much: colour is part of most titles)."""
    x = torch.from_numpy(batch).float().div_(255)
    if jitter:
        n = len(x)
        gain = 1 + 0.25 * (2 * torch.rand(n, 1, 1, 1) - 1)
        tint = 1 + 0.06 * (2 * torch.rand(n, 1, 1, 3) - 1)
        contrast = 1 + 0.25 * (2 * torch.rand(n, 1, 1, 1) - 1)
        colour = 1 + 0.3 * (2 * torch.rand(n, 1, 1, 1) - 1)
        grey = x.mean(-1, keepdim=True)
        x = grey + (x - grey) * colour
        middle = x.mean((1, 2, 3), keepdim=True)
        x = ((x - middle) * contrast + middle).mul_(gain * tint).clamp_(0, 1)
    x = (x - torch.tensor(IMAGENET_MEAN)) / torch.tensor(IMAGENET_STD)
    return x.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
