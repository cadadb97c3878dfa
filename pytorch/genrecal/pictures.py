"""The drawn pictures (build/pretrain) on one device, and the scenes composed of them.

`concepts.json` and raw `pictures-<tier>-<style>.u8` files are described in scripts/data/README.md.
"""
import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from .augment import augment

CELL = 64
MEAN = STD = 0.5
EMPTY = -1


class Pictures:
    """All concepts (core first, then extended) in all styles: `cells` uint8 [styles, concepts, 3, 64, 64]."""

    def __init__(self, folder, device='cpu'):
        folder, self.device = Path(folder), device
        described = json.loads((folder / 'concepts.json').read_text())
        self.concepts = described['concepts']
        self.styles = [style['key'] for style in described['styles']]
        self.core = [i for i, concept in enumerate(self.concepts) if concept['tier'] == 'core']
        cells, available = [], []
        for key in self.styles:
            tiers = []
            for tier in ('core', 'extended'):
                path = folder / f'pictures-{tier}-{key}.u8'
                count = sum(concept['tier'] == tier for concept in self.concepts)
                if path.exists():
                    raw = np.fromfile(path, dtype=np.uint8).reshape(count, CELL, CELL, 3)
                else:  # styles that are not trained on have no extended tier
                    raw = np.full((count, CELL, CELL, 3), 255, dtype=np.uint8)
                tiers.append(torch.from_numpy(raw).permute(0, 3, 1, 2).contiguous())
            cells.append(torch.cat(tiers))
            available.append([key in concept['styles'] for concept in self.concepts])
        self.cells = torch.stack(cells).to(device)
        self.available = torch.tensor(available, device=device)
        self.kinds = sorted({concept['kind'] for concept in self.concepts})
        self.kind_of = torch.tensor([self.kinds.index(concept['kind']) for concept in self.concepts], device=device)

    def weights(self, shares):
        """shares {style: weight} → [concepts, styles]: how often each style draws each concept, 0 where it has no drawing."""
        share = torch.tensor([shares.get(key, 0.0) for key in self.styles], device=self.device)
        return self.available.T.float() * share

    def draw_styles(self, concepts, weights, together):
        """concepts [B, k] (EMPTY allowed), weights [concepts, styles] → styles [B, k] at random.

        A share `together` of the rows is drawn in one style, as far as that style has the concepts.
        """
        own = weights[concepts.clamp(min=0)]
        row = own.prod(1, keepdim=True)
        whole = (torch.rand(len(concepts), 1, 1, device=concepts.device) < together) & (row.sum(-1, keepdim=True) > 0)
        chosen = torch.where(whole, row, own)
        # The Gumbel trick draws without looking at the values on the host.
        noise = -torch.log(-torch.log(torch.rand_like(chosen[:, :1]).clamp(1e-6, 1 - 1e-6)))
        alone = -torch.log(-torch.log(torch.rand_like(chosen).clamp(1e-6, 1 - 1e-6)))
        return (chosen.clamp(min=1e-20).log() + torch.where(whole, noise, alone)).argmax(-1)


def box(pictures, size):
    """[n, 3, s, s] → [n, 3, size, size] by the mean over blocks."""
    factor = pictures.shape[-1] // size
    return F.avg_pool2d(pictures, factor) if factor > 1 else pictures


def scenes(pictures, concepts, styles, size, strength=0.0):
    """Pixel values [B, 3, size, size] of concepts [B, g²] on a g×g grid, row by row (EMPTY = nothing), in styles [B, g²].

    With strength > 0 every picture is changed on its own before it is pasted, so a flip never moves it to another cell.
    """
    count, cells = concepts.shape
    grid = int(cells**0.5)
    side = size // grid
    drawn = pictures.cells[styles.flatten(), concepts.clamp(min=0).flatten()].float() / 255
    if strength > 0:
        drawn = augment(box(drawn, min(CELL, 2 * side)), side, strength)
    else:
        drawn = box(drawn, side)
    drawn = torch.where((concepts == EMPTY).view(-1, 1, 1, 1), torch.ones_like(drawn), drawn)
    canvas = drawn.view(count, grid, grid, 3, side, side).permute(0, 3, 1, 4, 2, 5).reshape(count, 3, size, size)
    return (canvas - MEAN) / STD
