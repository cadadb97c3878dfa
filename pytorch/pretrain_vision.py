"""Pretrains a teacher's vision encoder: `pretrain_vision.py --model mini-teacher --minutes 12`.

It learns the name and kind of every concept except the held-out ones, in the four training styles, on single
pictures and in 2×2 scenes, strongly augmented. The naming heads serve only here; pretrain.py takes up the encoder.
"""
import argparse
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from genrecal.pictures import Pictures, scenes
from genrecal.siglip import VisionTransformer
from genrecal.sizes import SIZES, TRAIN_STYLES, make_config
from genrecal.training import TimedRun
from genrecal.vlm import initialise

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / 'build' / 'pretrain'
STRENGTH = 0.9
NO_TOKENS = {key: 0 for key in ('vocabularySize', 'imageId', 'padId', 'eosId', 'bosId')}


class NamingHeads(nn.Module):
    """Name and kind of what an average of vision features shows; the last name stands for an empty cell."""

    def __init__(self, width, names, kinds):
        super().__init__()
        self.name = nn.Linear(width, names + 1)
        self.kind = nn.Linear(width, kinds)

    def loss(self, features, concepts, kinds):
        """features [n, d]; concepts [n] (the number of names = empty); kinds [n] (-100 = empty)."""
        kind = F.cross_entropy(self.kind(features), kinds, ignore_index=-100)
        return F.cross_entropy(self.name(features), concepts, label_smoothing=0.05) + 0.5 * kind


class VisionPretraining(TimedRun):
    def __init__(self, name, seed, minutes, device):
        self.size, self.device, self.pictures = SIZES[name], device, Pictures(DATA)
        concepts = self.pictures.concepts
        encoder = initialise(VisionTransformer(make_config(self.size, NO_TOKENS)['vision_config']), seed)
        heads = NamingHeads(self.size.vision[0], len(concepts), len(self.pictures.kinds))
        modules = {'vision': encoder.to(device), 'heads': heads.to(device)}
        super().__init__(ROOT / 'build' / 'train' / name / 'vision.pt', modules, seed, minutes, rate=1.2e-3)
        self.encoder, self.heads = encoder, heads
        self.nameable = [i for i, concept in enumerate(concepts) if concept['split'] == 'train']
        self.core = [i for i in self.nameable if concepts[i]['tier'] == 'core']

    def draw(self, examples):
        styles = [
            self.pictures.draw_styles([c for c, _ in placements], TRAIN_STYLES, self.generator)
            for _, placements in examples
        ]
        return scenes(self.pictures, examples, styles, self.size.image, self.generator, STRENGTH).to(self.device)

    def loss(self):
        # Half of the single pictures are core concepts: they are the ones that questions ask for.
        concepts = self.random.choices(self.core, k=24) + self.random.choices(self.nameable, k=24)
        features = self.encoder(self.draw([(1, [(c, 0)]) for c in concepts])).mean(1)
        concepts = torch.tensor(concepts)
        kinds = self.pictures.kind_of[concepts]
        single = self.heads.loss(features, concepts.to(self.device), kinds.to(self.device))
        return single + 0.5 * self.scene_loss(16)

    def scene_loss(self, count):
        """2×2 scenes: the average over each quadrant's patches names what is there, or says empty."""
        empty = len(self.pictures.concepts)
        labels = torch.full((count, 4), empty)
        examples = []
        for b in range(count):
            cells = [cell for cell in range(4) if self.random.random() < 0.8] or [0]
            placements = [(self.random.choice(self.core), cell) for cell in cells]
            for concept, cell in placements:
                labels[b, cell] = concept
            examples.append((2, placements))
        features = self.encoder(self.draw(examples))
        half, width = self.size.image // self.size.patch // 2, features.shape[-1]
        quadrants = features.view(count, 2, half, 2, half, width).mean((2, 4)).reshape(-1, width)
        labels = labels.view(-1)
        kinds = torch.where(labels < empty, self.pictures.kind_of[labels.clamp(max=empty - 1)], -100)
        return self.heads.loss(quadrants, labels.to(self.device), kinds.to(self.device))

    @torch.no_grad()
    def report(self, final):
        """Share of core training concepts named right among themselves, per style, pictures unchanged."""
        rates = {}
        for style in (*TRAIN_STYLES, 'fxemoji', 'noto-v1'):
            concepts = [c for c in self.core if self.pictures.available[style][c]]
            pixels = scenes(
                self.pictures, [(1, [(c, 0)]) for c in concepts], [[style]] * len(concepts), self.size.image
            )
            logits = self.heads.name(self.encoder(pixels.to(self.device)).mean(1)).cpu()
            best = torch.tensor(self.core)[logits[:, self.core].argmax(-1)]
            rates[style] = round((best == torch.tensor(concepts)).float().mean().item(), 3)
        return rates


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', choices=[name for name, size in SIZES.items() if size.role == 'teacher'], required=True)
    parser.add_argument('--minutes', type=float, required=True)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--fresh', action='store_true', help='start anew even if a saved state exists')
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    VisionPretraining(arguments.model, arguments.seed, arguments.minutes, device).run(arguments.fresh)


if __name__ == '__main__':
    main()
