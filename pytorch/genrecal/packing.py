"""Several questions about one picture in one sequence: the constant prompt prefix with the image is read once.

Sequence: [prefix | q1 a1 pad | q2 a2 pad | …]. A question sees the prefix and itself; its position ids go on
from the prefix, so each question gets exactly the features that it would have alone.
"""
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from .decoder import MASKED


@dataclass
class Packed:
    """ids, positions, targets [B, N] (target -100 = not scored), bias [B, 1, N, N]."""

    ids: torch.Tensor
    positions: torch.Tensor
    targets: torch.Tensor
    bias: torch.Tensor


def pack(prefix, groups, pad):
    """prefix: ids; groups: B lists of K (question ids after the prefix, answer ids) → Packed."""
    k = len(groups[0])
    length = max(len(question) + len(answer) for group in groups for question, answer in group)
    p, n = len(prefix), len(prefix) + k * length
    ids = torch.full((len(groups), n), pad)
    targets = torch.full((len(groups), n), -100)
    ids[:, :p] = torch.tensor(prefix)
    for b, group in enumerate(groups):
        for j, (question, answer) in enumerate(group):
            start = p + j * length
            tokens = question + answer
            ids[b, start : start + len(tokens)] = torch.tensor(tokens)
            first = start + len(question) - 1
            targets[b, first : first + len(answer)] = torch.tensor(answer)
    segment = torch.cat([torch.zeros(p), torch.arange(1, k + 1).repeat_interleave(length)])
    visible = (segment[None] == 0) | (segment[None] == segment[:, None])
    visible &= torch.ones(n, n, dtype=torch.bool).tril()
    positions = torch.cat([torch.arange(p), torch.arange(p, p + length).repeat(k)])
    bias = torch.where(visible, 0.0, MASKED)[None, None]
    return Packed(ids, positions[None].expand(len(groups), n), targets, bias)


def packed_loss(model, packed, pixel_values):
    """Mean cross-entropy over the answer tokens; pixel_values [B, 3, S, S]."""
    device = pixel_values.device
    embeds = model.embed(packed.ids.to(device), pixel_values)
    z = model.text_body(embeds, packed.bias.to(device), packed.positions.to(device))
    targets = packed.targets.to(device)
    scored = targets >= 0
    return F.cross_entropy(model.head(z[scored]), targets[scored])
