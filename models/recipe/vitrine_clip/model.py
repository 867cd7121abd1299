"""The two towers: trunk, pooling and head on the picture side; MiniLM and head on the word side."""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .text import WIDTH, SentenceTrunk, mean_pool
from .trunk import Trunk

DIMENSION = 256


class Head(nn.Module):
    """Standardise, then a linear map plus a two-layer one, summed: ``[n, width]`` to ``[n, 256]``."""

    def __init__(self, width: int, hidden: int, dropout: float = 0.2):
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))
        self.straight = nn.Linear(width, DIMENSION)
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, DIMENSION)
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.down.weight)

    def forward(self, x: Tensor) -> Tensor:
        x = (x - self.mean) * self.scale
        return self.straight(x) + self.down(self.dropout(F.gelu(self.up(x))))


class AttentionPool(nn.Module):
    """Mean over places, weighted by a learned look at each place; ``heads`` groups of channels choose apart. Starts
    as the plain mean."""

    def __init__(self, channels: int, heads: int = 8):
        super().__init__()
        self.heads = heads
        self.look = nn.Conv2d(channels, heads, 1)
        nn.init.zeros_(self.look.weight)
        nn.init.zeros_(self.look.bias)

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        weight = self.look(x).reshape(n, self.heads, 1, h * w).softmax(-1)
        return (x.reshape(n, self.heads, c // self.heads, h * w) * weight).sum(-1).reshape(n, c)


class PictureTower(nn.Module):
    """Pixels ``[n, 3, h, w]`` to ``[n, 256]`` (not normalised)."""

    def __init__(self, trunk: Trunk, hidden: int = 1024):
        super().__init__()
        self.trunk, self.pool, self.head = trunk, AttentionPool(1280), Head(1280, hidden)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.head(self.pool(self.trunk(pixels)))


class WordTower(nn.Module):
    """``input_ids``, ``attention_mask`` to ``[n, 256]`` (not normalised)."""

    def __init__(self, trunk: SentenceTrunk, hidden: int = 1024):
        super().__init__()
        self.trunk, self.head = trunk, Head(WIDTH, hidden)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        pooled = mean_pool(self.trunk(self.trunk.embed(ids), mask), mask)
        return self.head(F.normalize(pooled, dim=-1))
