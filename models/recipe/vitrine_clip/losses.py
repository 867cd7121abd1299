"""The two losses that every stage shares."""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def soft_nce(logits: Tensor, positives: Tensor) -> Tensor:
    """Cross entropy against positives spread evenly over each row."""
    target = positives / positives.sum(1, keepdim=True)
    return -(target * logits.log_softmax(1)).sum(1).mean()


def keep_likeness(student: Tensor, teacher: Tensor, sharp: float = 10.0) -> Tensor:
    """KL between whom each row finds alike, teacher against student; the row itself left out."""
    off = torch.eye(len(student), dtype=torch.bool)
    a = (student @ student.T).masked_fill(off, -9) * sharp
    b = (teacher @ teacher.T).masked_fill(off, -9) * sharp
    return F.kl_div(a.log_softmax(1), b.softmax(1), reduction="batchmean")
