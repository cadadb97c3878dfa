"""Pretrains vision encoders: `pretrain_vision.py --models mini-teacher mini-student --minutes 5`.

First the oracle (`--models oracle`) learns the name and kind of every concept except the held-out ones, in the four training
styles, strongly augmented. Then encoders learn the same and to follow the oracle's answers and features, on single pictures, on
blends of two, and on 2×2 scenes. Encoders named together see the same pictures and share the oracle's work. The heads serve
only here; pretrain.py takes up the encoders.
"""
import argparse
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from genrecal.oracle import Oracle
from genrecal.pictures import EMPTY, Pictures, box, scenes
from genrecal.siglip import VisionTransformer
from genrecal.sizes import SIZES, TRAIN_STYLES, make_config
from genrecal.training import Budget, TrainingRun
from genrecal.vlm import initialise

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / 'build' / 'pretrain'
TRAIN = ROOT / 'build' / 'train'
STRENGTH = 0.9
ORACLE = 'oracle'
NO_TOKENS = {key: 0 for key in ('vocabularySize', 'imageId', 'padId', 'eosId', 'bosId')}


class NamingHeads(nn.Module):
    """Name and kind of what an average of vision features shows, and the oracle's features; the last name stands for an empty cell."""

    def __init__(self, width, names, kinds):
        super().__init__()
        self.name = nn.Linear(width, names + 1)
        self.kind = nn.Linear(width, kinds)
        self.oracle = nn.Linear(width, Oracle.width)

    def loss(self, features, concepts, kinds):
        """features [n, d]; concepts [n] (the number of names = empty); kinds [n] (-100 = empty)."""
        kind = F.cross_entropy(self.kind(features).float(), kinds, ignore_index=-100)
        return F.cross_entropy(self.name(features).float(), concepts, label_smoothing=0.05) + 0.5 * kind

    def following(self, features, oracle_features, oracle_logits):
        """Distance from the oracle: cross-entropy with its names, and the angle between features."""
        names = F.cross_entropy(self.name(features).float(), oracle_logits.float().softmax(-1))
        return names + 2 * (1 - F.cosine_similarity(self.oracle(features).float(), oracle_features.float())).mean()


class Encoder(nn.Module):
    """A model's vision encoder, or the oracle, with its heads."""

    def __init__(self, name, seed, names, kinds):
        super().__init__()
        if name == ORACLE:
            self.image, width, self.patches = Oracle.size, Oracle.width, False
            self.vision = Oracle().to(memory_format=torch.channels_last)
        else:
            size = SIZES[name]
            self.image, width, self.patches = size.image, size.vision[0], True
            self.vision = initialise(VisionTransformer(make_config(size, NO_TOKENS)['vision_config']), seed)
        self.heads = NamingHeads(width, names, kinds)

    def features(self, pixel_values):
        """[n, 3, s, s] → [n, d], the mean over patches."""
        return self.vision(pixel_values).mean(1) if self.patches else self.vision(pixel_values)

    def quadrants(self, pixel_values):
        """[n, 3, s, s] → [4n, d], the mean over each quadrant's patches, row by row."""
        patches = self.vision(pixel_values)
        n, side, width = len(patches), int(patches.shape[1] ** 0.5), patches.shape[-1]
        return patches.view(n, 2, side // 2, 2, side // 2, width).mean((2, 4)).reshape(-1, width)


def run_of_encoder(name):
    """State of the run that trained a model's encoder, or the oracle, whichever was named first in it."""
    for path in sorted(TRAIN.glob('vision-*.pt')):
        state = torch.load(path, map_location='cpu')
        if name in state['modules']:
            return state
    raise SystemExit(f'No encoder of {name}: train one with pretrain_vision.py --models {name}')


def load_oracle(names, kinds, device):
    """The trained oracle, frozen."""
    oracle = Encoder(ORACLE, 0, names, kinds).to(device)
    oracle.load_state_dict(run_of_encoder(ORACLE)['modules'][ORACLE])
    return oracle.requires_grad_(False).eval()


class VisionPretraining(TrainingRun):
    def __init__(self, names, seed, budget, device, singles, scenes_count, rate):
        self.pictures, self.device = Pictures(DATA, device), device
        self.singles, self.scenes_count = singles, scenes_count
        concepts = self.pictures.concepts
        counts = (len(concepts), len(self.pictures.kinds))
        self.encoders = {name: Encoder(name, seed, *counts).to(device) for name in names}
        self.oracle = None if names == [ORACLE] else load_oracle(*counts, device)
        command = f'pretrain_vision.py --models {" ".join(names)} --singles {singles} --scenes {scenes_count} --rate {rate:g}'
        super().__init__(TRAIN / f'vision-{names[0]}.pt', self.encoders, seed, budget, rate, command)
        self.weights = self.pictures.weights({key: 1.0 for key in TRAIN_STYLES})
        nameable = [i for i, concept in enumerate(concepts) if concept['split'] == 'train']
        self.nameable = torch.tensor(nameable, device=device)
        self.core = torch.tensor([i for i in nameable if concepts[i]['tier'] == 'core'], device=device)

    def choose(self, among, *shape):
        return among[torch.randint(len(among), shape, device=self.device)]

    def loss(self):
        # Half of the single pictures are core concepts: they are the ones that questions ask for.
        half = self.singles // 2
        concepts = torch.cat([self.choose(self.core, half), self.choose(self.nameable, self.singles - half)])[:, None]
        styles = self.pictures.draw_styles(concepts, self.weights, 0.0)
        pixels = scenes(self.pictures, concepts, styles, Oracle.size, STRENGTH)
        names = concepts[:, 0]
        kinds = self.pictures.kind_of[names]
        if self.oracle is None:
            encoder = self.encoders[ORACLE]
            return encoder.heads.loss(encoder.features(pixels), names, kinds)
        # Blends of two pictures have no name, but the oracle has an opinion about them.
        share = torch.rand(self.singles, 1, 1, 1, device=self.device)
        blends = share * pixels + (1 - share) * pixels.roll(self.singles // 2 + 1, 0)
        pixels = torch.cat([pixels, blends[: self.singles // 2]])
        with torch.no_grad():
            seen = self.oracle.features(pixels)
            told = self.oracle.heads.name(seen)
        views = {size: box(pixels, size) for size in {encoder.image for encoder in self.encoders.values()}}
        scene_views, scene_names, scene_kinds = self.draw_scenes(views)
        total = 0.0
        for encoder in self.encoders.values():
            features = encoder.features(views[encoder.image])
            total = total + 0.5 * encoder.heads.loss(features[: self.singles], names, kinds)
            total = total + encoder.heads.following(features, seen, told)
            quadrants = encoder.quadrants(scene_views[encoder.image])
            total = total + 0.5 * encoder.heads.loss(quadrants, scene_names, scene_kinds)
        return total

    def draw_scenes(self, sizes):
        """2×2 scenes in each size, and what each quadrant shows: ({size: pixels}, names, kinds), empty cells included."""
        count = self.scenes_count
        concepts = self.choose(self.core, count, 4)
        concepts = torch.where(torch.rand(count, 4, device=self.device) < 0.2, EMPTY, concepts)
        styles = self.pictures.draw_styles(concepts, self.weights, 0.5)
        pixels = scenes(self.pictures, concepts, styles, Oracle.size, STRENGTH)
        names = concepts.flatten()
        kinds = torch.where(names == EMPTY, -100, self.pictures.kind_of[names.clamp(min=0)])
        return (
            {size: box(pixels, size) for size in sizes},
            torch.where(names == EMPTY, len(self.pictures.concepts), names),
            kinds,
        )

    @torch.no_grad()
    def report(self, final):
        """Share of core training concepts named right among themselves, per style, pictures unchanged."""
        rates = {}
        for name, encoder in self.encoders.items():
            rates[name] = {}
            for style in (*TRAIN_STYLES, 'fxemoji', *(('noto-v1',) if final else ())):
                key = self.pictures.styles.index(style)
                concepts = self.core[self.pictures.available[key, self.core]][:, None]
                pixels = scenes(self.pictures, concepts, torch.full_like(concepts, key), encoder.image)
                logits = encoder.heads.name(encoder.features(pixels))
                best = self.core[logits[:, self.core].argmax(-1)]
                rates[name][style] = round((best == concepts[:, 0]).float().mean().item(), 3)
        return rates


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--models', choices=[*SIZES, ORACLE], nargs='+', required=True)
    Budget.add_arguments(parser)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--singles', type=int, default=384, help='single pictures per update')
    parser.add_argument('--scenes', type=int, default=96, help='scenes per update')
    parser.add_argument('--rate', type=float, default=1.5e-3)
    parser.add_argument('--fresh', action='store_true', help='start anew even if a saved state exists')
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    VisionPretraining(
        arguments.models,
        arguments.seed,
        Budget(arguments.minutes, arguments.updates),
        device,
        arguments.singles,
        arguments.scenes,
        arguments.rate,
    ).run(arguments.fresh)


if __name__ == '__main__':
    main()
