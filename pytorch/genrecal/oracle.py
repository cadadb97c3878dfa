"""A convolutional network that names drawings: it knows more than any built-in encoder can, and teaches them.

It is never shipped. Convolutions generalise from few drawings where a vision transformer needs many.
"""
import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """Two 3×3 convolutions with a shortcut (He et al. 2016)."""

    def __init__(self, before, width, stride):
        super().__init__()
        self.first = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(width), nn.BatchNorm2d(width)])
        self.shortcut = nn.Conv2d(before, width, 1, stride, bias=False) if stride > 1 or before != width else nn.Identity()

    def forward(self, x):
        inner = F.relu(self.norms[0](self.first(x)))
        return F.relu(self.norms[1](self.second(inner)) + self.shortcut(x))


class Oracle(nn.Module):
    """pixel values [n, 3, 64, 64] → features [n, 512]."""

    size = 64
    width = 512

    def __init__(self):
        super().__init__()
        widths = (64, 128, 256, 512)
        self.stem = nn.Conv2d(3, widths[0], 5, 2, 2)
        blocks, before = [], widths[0]
        for i, width in enumerate(widths):
            blocks += [Block(before, width, 1 if i == 0 else 2), Block(width, width, 1)]
            before = width
        self.blocks = nn.Sequential(*blocks)

    def forward(self, pixel_values):
        pixel_values = pixel_values.contiguous(memory_format=torch.channels_last)
        return self.blocks(F.relu(self.stem(pixel_values))).mean((2, 3))
