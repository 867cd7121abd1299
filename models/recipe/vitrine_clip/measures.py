"""The measures of the encoder on numpy vectors of unit length, as the product's own command defines them."""
from __future__ import annotations

import numpy as np


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-9)


def title_to_photo(texts: np.ndarray, photos: np.ndarray, titles: list[str]) -> tuple[float, float]:
    """R@1 and R@10; a photo with the same title counts."""
    key = np.array([t.strip().lower() for t in titles])
    order = np.argsort(-(texts @ photos.T), axis=1, kind="stable")[:, :10]
    hits = key[order] == key[:, None]
    return float(hits[:, 0].mean()), float(hits.any(1).mean())


def precision_at_10(queries: np.ndarray, gallery: np.ndarray, kinds: list[str], gallery_kinds: list[str]) -> float:
    order = np.argsort(-(queries @ gallery.T), axis=1, kind="stable")[:, :10]
    return float((np.array(gallery_kinds)[order] == np.array(kinds)[:, None]).mean())


def top(queries: np.ndarray, gallery: np.ndarray, wanted: np.ndarray, k: int) -> float:
    order = np.argsort(-(queries @ gallery.T), axis=1, kind="stable")[:, :k]
    return float((order == np.asarray(wanted)[:, None]).any(1).mean())


def prompt_pool(encode, names: list[str], prompts: tuple[str, ...]) -> np.ndarray:
    """One unit vector a name: the mean of its prompts' unit vectors."""
    rows = unit(encode([p.format(n) for n in names for p in prompts]))
    return unit(rows.reshape(len(names), len(prompts), -1).mean(1))
