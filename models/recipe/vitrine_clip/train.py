"""One stage of training with the late trunk unfrozen: contrastive on pairs, names from the ImageNet teacher, classes,
and similarity kept from both trunks. Resumable: the state is written every few minutes."""
from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .augment import spoil, to_pixels
from .contrasts import BARE_SHARE
from .corpus import Corpus, sentence_vectors
from .drawn import Drawn
from .losses import keep_likeness, soft_nce
from .model import PictureTower, WordTower
from .text import Words, mean_pool
from .trunk import FAST_BFLOAT16

EARLY = {"name": 0.5, "kind": 0.2, "class": 0.3, "like": 0.5, "near": 0.15, "centre": 0.0}
LATE = EARLY | {"name": 0.8, "kind": 0.35, "centre": 0.2}
LAST = LATE | {"near": 0.2, "colour": 0.35, "who": 0.25}
WITH_THINGS = LAST | {"like": 0.6, "who": 0.3, "drawn": 0.25, "near": 0.35, "kind": 0.5}
WITH_DRAWN = LAST | {"like": 0.6, "who": 0.3, "drawn": 0.35}


@dataclass
class Stage:
    """``shares``: pictures of a batch by set. ``minutes`` ends the stage by the clock (on a shared machine), else
    ``steps`` does; ``horizon``: steps over which the rate falls, where a stage stops early. ``first``: the first trunk
    stage that learns. ``text_first``: the first MiniLM layer that learns, 6 = none. ``kin``: half of the general goods
    are drawn as pairs of one kind, and neighbours are sought in the memory too. The weight ``centre`` is that of a
    classifier over all kinds with a learned centre for each, which training alone uses. ``drawn``: drawn pictures beside
    those of a batch."""

    name: str
    size: int
    shares: dict[str, int]
    steps: int = 2000
    minutes: float = 0.0
    first: int = 8
    text_first: int = 6
    lr_trunk: float = 2e-4
    lr_head: float = 1e-3
    lr_text: float = 3e-5
    least_crop: float = 0.45
    memory: int = 3
    drawn: int = 0
    weights: dict[str, float] = field(default_factory=lambda: dict(EARLY))
    seed: int = 1
    horizon: int = 0
    kin: bool = True


def members_of_kinds(corpus: Corpus) -> dict[str, dict[int, list[int]]]:
    """For each set, the train pictures of each kind."""
    out: dict[str, dict[int, list[int]]] = {}
    for name, pictures in corpus.sets.items():
        kinds = out.setdefault(name, {})
        for i in pictures.train.tolist():
            kinds.setdefault(corpus.kind_ids[name][i], []).append(i)
    return out


class Trainer:
    def __init__(self, stage: Stage, corpus: Corpus, pictures: PictureTower, sentences: WordTower, scales: nn.ParameterList,
                 work: Path, threads: int = 2):
        self.stage, self.corpus, self.work = stage, corpus, work
        self.pictures = pictures.to(memory_format=torch.channels_last)
        self.sentences, self.scales = sentences, scales
        torch.set_num_threads(threads)
        for p in [*pictures.parameters(), *sentences.parameters()]:
            p.requires_grad_(False)
        trunk = [p for s in pictures.trunk.stages[stage.first :] for p in s.parameters()]
        text = [p for s in sentences.trunk.layers[stage.text_first :] for p in s.parameters()]
        heads = [*pictures.pool.parameters(), *pictures.head.parameters(), *sentences.head.parameters()]
        for p in [*trunk, *text, *heads]:
            p.requires_grad_(True)
        self.contrasts = corpus.contrasts() if stage.weights.get("colour") or stage.weights.get("who") else None
        self.drawn = Drawn(sentence_vectors) if stage.drawn else None
        self.members = members_of_kinds(corpus)
        self.centres = nn.Parameter(self.first_centres())
        groups = [
            {"params": trunk, "peak": stage.lr_trunk, "weight_decay": 0.02},
            {"params": [*heads, self.centres], "peak": stage.lr_head, "weight_decay": 0.05},
            {"params": list(scales), "peak": stage.lr_head, "weight_decay": 0.0},
        ]
        if text:
            groups.append({"params": text, "peak": stage.lr_text, "weight_decay": 0.01})
        self.optimiser = torch.optim.AdamW(groups, lr=1e-6, betas=(0.9, 0.98))
        self.learned = {f"p.{k}": v for k, v in pictures.named_parameters() if v.requires_grad}
        self.learned |= {f"s.{k}": v for k, v in sentences.named_parameters() if v.requires_grad}
        self.learned |= {f"scale.{i}": v for i, v in enumerate(scales)}
        self.learned["centres"] = self.centres
        self.average = {k: v.detach().clone() for k, v in self.learned.items()}
        self.step, self.spent = 0, 0.0
        self.words = Words(64) if stage.text_first < 6 else None
        self.memory: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []
        path = self.state_path()
        if path.exists():
            state = torch.load(path, weights_only=True)
            self.load(state["learned"])
            self.average = state["average"]
            self.optimiser.load_state_dict(state["optimiser"])
            self.step, self.spent = state["step"], state["spent"]
            print(f"{stage.name}: goes on at step {self.step}, {self.spent / 60:.1f} minutes", flush=True)
        self.chance = random.Random(stage.seed * 1000 + self.step)
        torch.manual_seed(stage.seed * 1000 + self.step)

    @torch.no_grad()
    def first_centres(self) -> Tensor:
        """A start for the centre of each kind ``[kinds, 256]``: the mean of all that is said of a dozen of its pictures."""
        corpus = self.corpus
        told: list[list[Tensor]] = [[] for _ in range(corpus.kind_count)]
        for name, kinds in self.members.items():
            for kind, members in kinds.items():
                for i in members[: max(0, 12 - len(told[kind]))]:
                    told[kind].append(corpus.text_vectors[corpus.options[name][i][0]].float().mean(0))
        empty = torch.zeros(corpus.text_vectors.shape[1])
        means = torch.stack([torch.stack(t).mean(0) if t else empty for t in told])
        self.sentences.eval()
        return F.normalize(self.sentences.head(F.normalize(means, dim=-1)), dim=-1)

    def state_path(self) -> Path:
        return self.work / f"stage-{self.stage.name}.pt"

    def load(self, values: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for key, value in values.items():
                self.learned[key].copy_(value)

    def save(self, done: bool = False) -> None:
        state = {"learned": {k: v.detach() for k, v in self.learned.items()}, "average": self.average,
                 "optimiser": self.optimiser.state_dict(), "step": self.step, "spent": self.spent, "done": done}
        temporary = self.state_path().with_suffix(".part")
        torch.save(state, temporary)
        temporary.rename(self.state_path())

    def batch(self) -> tuple[np.ndarray, list[tuple[str, int]]]:
        picked: list[tuple[str, int]] = []
        views = []
        for name, count in self.stage.shares.items():
            for i in self.draw(name, count):
                picked.append((name, i))
                picture = np.array(self.corpus.sets[name].pixels[i])
                views.append(spoil(picture, self.stage.size, self.corpus.scenes, self.chance, self.stage.least_crop))
        return np.stack(views), picked

    def draw(self, name: str, count: int) -> list[int]:
        """Train pictures of a set; of general goods, which have few of each kind, half come with a second of their kind."""
        if name != "general" or not self.stage.kin:
            return self.corpus.pick(name, count, self.chance)
        out = self.corpus.pick(name, count - count // 2, self.chance)
        for i in out[: count // 2]:
            out.append(self.chance.choice(self.members[name][self.corpus.kind_ids[name][i]]))
        return out

    def see(self, pixels: Tensor) -> Tensor:
        """Frozen early trunk in bfloat16, the rest in float32 (its backward pass is faster so)."""
        trunk, first = self.pictures.trunk, self.stage.first
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=FAST_BFLOAT16):
            early = trunk(pixels, 0, first)
        late = trunk(early.float(), first)
        return F.normalize(self.pictures.head(self.pictures.pool(late)), dim=-1)

    def read(self, ids: list[int]) -> tuple[Tensor, Tensor]:
        """Unit vectors of texts, and MiniLM's own for them."""
        own = self.corpus.text_vectors[ids].float()
        if self.words is None:
            inner = F.normalize(own + 0.015 * torch.randn_like(own), dim=-1)
        else:
            tokens, mask = self.words([self.corpus.texts[i] for i in ids])
            trunk = self.sentences.trunk
            with torch.no_grad():
                with torch.autocast("cpu", dtype=torch.bfloat16, enabled=FAST_BFLOAT16):
                    early = trunk(trunk.embed(tokens), mask, 0, self.stage.text_first)
            inner = F.normalize(mean_pool(trunk(early.float(), mask, self.stage.text_first), mask), dim=-1)
        return F.normalize(self.sentences.head(inner), dim=-1), own

    def loss(self) -> tuple[Tensor, dict[str, float]]:
        views, picked = self.batch()
        corpus, weights = self.corpus, self.stage.weights
        drawn_at: list[int] = []
        if self.drawn:
            drawings, drawn_at = self.drawn.batch(self.stage.drawn, self.stage.size, self.chance)
            views = np.concatenate([views, drawings])
        every = self.see(to_pixels(views, jitter=True))
        seen, seen_drawn = every[: len(picked)], every[len(picked) :]
        text_ids = [corpus.draw(name, i, self.chance) for name, i in picked]
        said, own = self.read(text_ids)
        scale, name_scale = self.scales[0].exp().clamp(max=100), self.scales[1].exp().clamp(max=100)
        ids = torch.tensor(text_ids)
        kind = torch.tensor([corpus.kind_ids[n][i] for n, i in picked])
        past = self.memory
        all_seen = torch.cat([seen] + [m[0] for m in past])
        all_said = torch.cat([said] + [m[1] for m in past])
        all_ids = torch.cat([ids] + [m[2] for m in past])
        positives = (ids[:, None] == all_ids[None]).float()
        parts = {"pair": (soft_nce(scale * seen @ all_said.T, positives) + soft_nce(scale * said @ all_seen.T, positives)) / 2}
        if self.stage.memory:
            self.memory = ([(seen.detach(), said.detach(), ids, kind)] + past)[: self.stage.memory]
        teacher = torch.stack([corpus.teacher[n][i] for n, i in picked]).float()
        if self.words is None:
            shown = torch.arange(1000)
        else:
            likely = teacher.sum(0).topk(96).indices
            other = torch.tensor(self.chance.sample(range(1000), 64))
            shown = torch.unique(torch.cat([likely, other]))
        names = self.read([self.chance.choice(corpus.names[c]) for c in shown.tolist()])[0]
        target = teacher[:, shown]
        sure = target.sum(1)
        target = target / sure[:, None].clamp(min=1e-4)
        parts["name"] = -(sure * (target * (name_scale * seen @ names.T).log_softmax(1)).sum(1)).mean()
        kinds = corpus.kinds
        if self.words is not None:
            kinds = self.chance.sample(corpus.kinds, 48)
        if kinds:
            below = teacher @ torch.stack([k[1] for k in kinds], 1)
            told = self.read([self.chance.choice(k[0]) for k in kinds])[0]
            weight = below.T
            some = weight.sum(1) > 0.5
            if some.any():
                share = weight[some] / weight[some].sum(1, keepdim=True)
                parts["kind"] = -(share * (name_scale * told[some] @ seen.T).log_softmax(1)).sum(1).mean()
        rows, wanted, options = [], [], []
        for row, (n, i) in enumerate(picked):
            if n in corpus.class_texts and (self.words is None or n in ("clothing", "grocery")):
                rows.append(row)
                wanted.append((n, int(corpus.class_of[n][i])))
        for n in {n for n, _ in wanted}:
            at = [r for r, (m, _) in zip(rows, wanted) if m == n]
            label = torch.tensor([c for m, c in wanted if m == n])
            told = self.read([self.chance.choice(t) for t in corpus.class_texts[n]])[0]
            options.append(F.cross_entropy(scale * seen[at] @ told.T, label, reduction="sum"))
        if options:
            parts["class"] = torch.stack(options).sum() / len(rows)
        picture_teacher = torch.stack([corpus.features[n][i] for n, i in picked]).float()
        parts["like"] = keep_likeness(seen, picture_teacher) + keep_likeness(said, own)
        if weights.get("centre"):
            centres = F.normalize(self.centres, dim=-1)
            parts["centre"] = F.cross_entropy(0.7 * scale * seen @ centres.T, kind, label_smoothing=0.05)
        known = past if self.stage.kin else []
        itself = torch.eye(len(kind), len(kind) * (1 + len(known)), dtype=torch.bool)
        same = (kind[:, None] == torch.cat([kind] + [m[3] for m in known])[None]).float().masked_fill(itself, 0)
        has = same.sum(1) > 0
        if has.any():
            beside = torch.cat([seen] + [m[0] for m in known])
            near = (0.5 * scale * seen @ beside.T).masked_fill(itself, -1e4)
            parts["near"] = soft_nce(near[has], same[has])
        if self.contrasts:
            parts |= self.tell_apart(seen, picked, scale)
        if self.drawn:
            parts["drawn"] = self.drawn.loss(seen_drawn, drawn_at, self.project, scale, self.chance)
        total = sum(weights.get(k, 1.0) * v for k, v in parts.items())
        return total, {k: float(v) for k, v in parts.items()}

    def project(self, own: Tensor) -> Tensor:
        """Unit vectors of texts from MiniLM's own, a little shaken."""
        return F.normalize(self.sentences.head(F.normalize(own + 0.01 * torch.randn_like(own), dim=-1)), dim=-1)

    def tell_apart(self, seen: Tensor, picked: list[tuple[str, int]], scale: Tensor) -> dict[str, Tensor]:
        """Cross entropy of the known colour (or wearer) among all, in the same words."""
        parts = {}
        for name, known in self.contrasts.known.items():
            rows = [row for row, at in enumerate(picked) if at in known]
            if not rows:
                continue
            bare = self.chance.random() < BARE_SHARE[name]
            ids = torch.tensor([self.contrasts.draw(name, None if bare else picked[r], self.chance) for r in rows])
            unique, back = torch.unique(ids, return_inverse=True)
            told = self.read(unique.tolist())[0][back]
            label = torch.tensor([known[picked[r]] for r in rows])
            parts[name] = F.cross_entropy(scale * (told * seen[rows][:, None]).sum(-1), label)
        return parts

    def run(self, every_minutes: float = 4.0, pause: Path | None = None) -> None:
        """Trains to the end of the stage and leaves the averaged weights in the towers."""
        stage, shown, saved = self.stage, {}, time.time()
        self.pictures.train()
        self.sentences.train()
        limit = stage.minutes * 60
        while True:
            done = self.step >= stage.steps if not limit else self.spent >= limit
            progress = max(self.step / (stage.horizon or stage.steps) if not limit else 0.0, self.spent / limit if limit else 0.0)
            if done:
                break
            start = time.time()
            warm = min(1.0, progress / 0.06 + 0.05)
            level = warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))
            for group in self.optimiser.param_groups:
                group["lr"] = group["peak"] * level
            total, parts = self.loss()
            self.optimiser.zero_grad()
            total.backward()
            nn.utils.clip_grad_norm_([p for p in self.learned.values() if p.grad is not None], 3.0)
            self.optimiser.step()
            self.step += 1
            decay = min(0.995, (1 + self.step) / (10 + self.step))
            with torch.no_grad():
                for key, value in self.learned.items():
                    self.average[key].lerp_(value, 1 - decay)
            self.spent += time.time() - start
            for k, v in parts.items():
                shown[k] = 0.97 * shown.get(k, v) + 0.03 * v
            if self.step % 25 == 0:
                told = " ".join(f"{k} {v:.3f}" for k, v in shown.items())
                print(f"{stage.name} {self.step} {self.spent / 60:.1f}min {progress:.3f} {told} "
                      f"scale {self.scales[0].exp():.1f}", flush=True)
            if time.time() - saved > every_minutes * 60:
                self.save()
                saved = time.time()
        self.save(done=True)
        self.load(self.average)
