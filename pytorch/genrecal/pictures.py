"""The drawn pictures (build/pretrain) and the scenes composed of them.

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


class Pictures:
    """All concepts (core first, then extended) in all styles, uint8 [concepts, 3, 64, 64] per style."""

    def __init__(self, folder):
        folder = Path(folder)
        described = json.loads((folder / 'concepts.json').read_text())
        self.concepts = described['concepts']
        self.core = [i for i, concept in enumerate(self.concepts) if concept['tier'] == 'core']
        self.cells, self.available = {}, {}
        for style in described['styles']:
            key = style['key']
            tiers = []
            for tier in ('core', 'extended'):
                path = folder / f'pictures-{tier}-{key}.u8'
                count = sum(concept['tier'] == tier for concept in self.concepts)
                if path.exists():
                    raw = np.fromfile(path, dtype=np.uint8).reshape(count, CELL, CELL, 3)
                else:  # held-out styles have no extended tier
                    raw = np.full((count, CELL, CELL, 3), 255, dtype=np.uint8)
                tiers.append(torch.from_numpy(raw).permute(0, 3, 1, 2).contiguous())
            self.cells[key] = torch.cat(tiers)
            self.available[key] = [key in concept['styles'] for concept in self.concepts]
        self.kinds = sorted({concept['kind'] for concept in self.concepts})
        self.kind_of = torch.tensor([self.kinds.index(concept['kind']) for concept in self.concepts])

    def get(self, concepts, styles):
        """Lists of n concept indices and style keys → float pictures [n, 3, 64, 64] in 0..1."""
        cells = torch.stack([self.cells[style][concept] for concept, style in zip(concepts, styles)])
        return cells.float() / 255

    def draw_styles(self, concepts, styles, generator):
        """One style per concept at random, among `styles` that have it."""
        drawn = []
        for concept in concepts:
            having = [style for style in styles if self.available[style][concept]]
            drawn.append(having[torch.randint(len(having), (1,), generator=generator).item()])
        return drawn


def box(pictures, size):
    """[n, 3, s, s] → [n, 3, size, size] by the mean over blocks."""
    factor = pictures.shape[-1] // size
    return F.avg_pool2d(pictures, factor) if factor > 1 else pictures


def scenes(pictures, examples, styles, size, generator=None, strength=0.0):
    """Pixel values [B, 3, size, size] of examples that share one grid (1 or 2).

    examples: B lists of (concept, cell); styles: B lists of style keys. With strength > 0 every picture is
    changed on its own before it is pasted, so a flip never moves it to another cell.
    """
    grid, placements = examples[0][0], [example[1] for example in examples]
    flat = [(b, cell, concept) for b, row in enumerate(placements) for concept, cell in row]
    cells = pictures.get([concept for _, _, concept in flat], [style for row in styles for style in row])
    side = size // grid
    if strength > 0:
        cells = augment(box(cells, min(CELL, 2 * side)), side, generator, strength)
    else:
        cells = box(cells, side)
    canvas = torch.ones(len(examples), grid * grid, 3, side, side)
    canvas[[b for b, _, _ in flat], [cell for _, cell, _ in flat]] = cells
    canvas = canvas.view(-1, grid, grid, 3, side, side).permute(0, 3, 1, 4, 2, 5).reshape(-1, 3, size, size)
    return (canvas - MEAN) / STD
