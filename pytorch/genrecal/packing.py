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
    """ids, positions, targets [B, N] (target -100 = not scored), bias [1, 1, N, N]; where the image tokens begin."""

    ids: torch.Tensor
    positions: torch.Tensor
    targets: torch.Tensor
    bias: torch.Tensor
    image_at: int


class QuestionTable:
    """Questions that share a prompt prefix, as tensors on one device: `pack` only gathers rows of them."""

    def __init__(self, prefix, questions, pad, image, device='cpu'):
        """prefix: ids, with the image token `image` in it; questions: lists of (question ids after the prefix, answer ids)."""
        self.image_at = list(prefix).index(image)
        self.length = max(len(question) + len(answer) for question, answer in questions)
        ids = torch.full((len(questions), self.length), pad)
        targets = torch.full((len(questions), self.length), -100)
        for row, (question, answer) in enumerate(questions):
            ids[row, : len(question) + len(answer)] = torch.tensor([*question, *answer])
            first = len(question) - 1
            targets[row, first : first + len(answer)] = torch.tensor(answer)
        self.prefix, self.ids, self.targets = torch.tensor(prefix).to(device), ids.to(device), targets.to(device)
        self.layouts = {}

    def layout(self, k):
        """(positions [N], bias [1, 1, N, N]) of k questions behind the prefix."""
        if k not in self.layouts:
            device, p, length = self.ids.device, len(self.prefix), self.length
            n = p + k * length
            segment = torch.cat([torch.zeros(p), torch.arange(1, k + 1).repeat_interleave(length)]).to(device)
            visible = (segment[None] == 0) | (segment[None] == segment[:, None])
            visible &= torch.ones(n, n, dtype=torch.bool, device=device).tril()
            positions = torch.cat([torch.arange(p), torch.arange(p, p + length).repeat(k)]).to(device)
            self.layouts[k] = (positions, torch.where(visible, 0.0, MASKED)[None, None])
        return self.layouts[k]

    def pack(self, chosen):
        """chosen [B, K]: rows of the table asked about each picture → Packed."""
        count, k = chosen.shape
        positions, bias = self.layout(k)
        ids = torch.cat([self.prefix.expand(count, -1), self.ids[chosen].flatten(1)], dim=1)
        prefix = torch.full((count, len(self.prefix)), -100, device=ids.device)
        targets = torch.cat([prefix, self.targets[chosen].flatten(1)], dim=1)
        return Packed(ids, positions.expand(count, -1), targets, bias, self.image_at)


def packed_loss(model, packed, pixel_values):
    """Mean cross-entropy over the answer tokens; pixel_values [B, 3, S, S].

    The image tokens stand at the same place in every row, so their embeddings are replaced by slices; `model.embed` looks for
    them, which a recorded update cannot.
    """
    image, words = model.image_features(pixel_values), model.text_body.embed_tokens(packed.ids)
    end = packed.image_at + image.shape[1]
    embeds = torch.cat([words[:, : packed.image_at], image.to(words.dtype), words[:, end:]], dim=1)
    z = model.text_body(embeds, packed.bias, packed.positions)
    logits = model.head(z).float()
    return F.cross_entropy(logits.flatten(0, 1), packed.targets.flatten(), ignore_index=-100)
