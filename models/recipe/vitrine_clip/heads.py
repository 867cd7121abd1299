"""Stage 0: both heads on cached vectors of the frozen trunks; minutes on two cores."""
from __future__ import annotations

import math
import random

import torch
import torch.nn.functional as F
from torch import nn

from .corpus import Corpus
from .losses import keep_likeness, soft_nce
from .model import PictureTower, WordTower


def train_heads(corpus: Corpus, pictures: PictureTower, sentences: WordTower, scales: nn.ParameterList, sets: list[str],
                epochs: int = 15, batch: int = 512, peak: float = 2e-3, seed: int = 1) -> None:
    """Fits the heads in place, on the train parts of ``sets``: pairs, the teacher's names and broader kinds, and
    likeness kept from both trunks."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    rows = [(n, i) for n in sets if n in corpus.sets for i in corpus.sets[n].train.tolist()]
    features = torch.stack([corpus.raw[n][i] for n, i in rows])
    alike = torch.stack([corpus.features[n][i] for n, i in rows]).float()
    teacher = torch.stack([corpus.teacher[n][i] for n, i in rows]).float()
    kind = torch.tensor([corpus.kind_ids[n][i] for n, i in rows])
    masks = torch.stack([mask for _, mask in corpus.kinds], 1) if corpus.kinds else None
    own = corpus.text_vectors.float()
    picture_head, word_head = pictures.head, sentences.head
    picture_head.mean.copy_(features.mean(0))
    picture_head.scale.copy_(1 / features.std(0).clamp(min=1e-3))
    word_head.scale.fill_(math.sqrt(own.shape[1]))
    batch = min(batch, len(rows))
    steps = max(1, epochs * len(rows) // batch)
    groups = [
        {"params": [*picture_head.parameters(), *word_head.parameters()], "weight_decay": 0.05},
        {"params": list(scales), "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=peak)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, peak, steps, pct_start=0.1)
    picture_head.train()
    word_head.train()
    off = torch.eye(batch, dtype=torch.bool)
    for step in range(steps):
        at = torch.randperm(len(rows))[:batch]
        ids = torch.tensor([corpus.draw(*rows[i], chance) for i in at.tolist()])
        noisy = features[at] + 0.1 / picture_head.scale * torch.randn(batch, features.shape[1])
        seen = F.normalize(picture_head(noisy), dim=-1)
        plain = own[ids]
        said = F.normalize(word_head(plain + 0.02 * torch.randn_like(plain)), dim=-1)
        scale, name_scale = (s.exp().clamp(max=100) for s in scales)
        same = (ids[:, None] == ids[None]).float()
        logits = scale * seen @ said.T
        loss = (soft_nce(logits, same) + soft_nce(logits.T, same)) / 2
        names = F.normalize(word_head(own[[chance.choice(known) for known in corpus.names]]), dim=-1)
        loss = loss - 0.5 * (teacher[at] * (name_scale * seen @ names.T).log_softmax(1)).sum(1).mean()
        if masks is not None:
            told = F.normalize(word_head(own[[chance.choice(k) for k, _ in corpus.kinds]]), dim=-1)
            weight = (teacher[at] @ masks).T
            some = weight.sum(1) > 0.5
            share = weight[some] / weight[some].sum(1, keepdim=True)
            loss = loss - 0.25 * (share * (name_scale * told[some] @ seen.T).log_softmax(1)).sum(1).mean()
        loss = loss + 0.5 * (keep_likeness(seen, alike[at]) + keep_likeness(said, plain))
        pairs = (kind[at][:, None] == kind[at][None]).float() - off.float()
        has = pairs.sum(1) > 0
        if has.any():
            loss = loss + 0.2 * soft_nce((0.5 * scale * seen @ seen.T).masked_fill(off, -1e4)[has], pairs[has])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 50 == 0:
            print(f"heads {step}/{steps} {float(loss.detach()):.3f}", flush=True)
    picture_head.eval()
    word_head.eval()
