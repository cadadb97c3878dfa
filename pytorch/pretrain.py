"""Pretrains one built-in model: `pretrain.py --model mini-teacher --minutes 15`.

A teacher starts from the vision encoder of pretrain_vision.py and learns every question type in four drawing
styles. A student starts from nothing and sees less: one style, easy questions, light augmentation.
"""
import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import torch

from genrecal.evaluate import SPLITS, exact_match
from genrecal.folder import load_tensors
from genrecal.packing import pack, packed_loss
from genrecal.pictures import Pictures, scenes
from genrecal.questions import read_questions
from genrecal.sizes import SIZES, TRAIN_STYLES, build, make_config
from genrecal.training import TimedRun
from genrecal.vlm import BRANCH_ENDS, initialise
from pretrain_vision import NamingHeads

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / 'build' / 'pretrain'
CHECKPOINTS = ROOT / 'public' / 'checkpoints'
SINGLE = ('name', 'kind', 'yes-no')


@dataclass(frozen=True)
class Recipe:
    """How a role is trained. `single` and `scene` = pictures per step with one and with several drawings;
    `questions` = the questions asked about every single picture; `naming` = weight of the naming heads' loss."""

    styles: tuple
    tasks: tuple
    strength: float
    rate: float
    single: int
    scene: int
    questions: tuple
    naming: float


RECIPES = {
    'teacher': Recipe(
        styles=TRAIN_STYLES,
        tasks=('name', 'kind', 'yes-no', 'count', 'position', 'odd-one-out', 'caption'),
        strength=0.9,
        rate=3.0e-3,
        single=32,
        scene=24,
        questions=('name', 'kind', 'yes-no', 'yes-no'),
        naming=0.5,
    ),
    'student': Recipe(
        styles=('twemoji',),
        tasks=('name', 'kind', 'yes-no', 'count'),
        strength=0.3,
        rate=1.5e-3,
        single=24,
        scene=8,
        questions=('name', 'kind', 'yes-no'),
        naming=0.0,
    ),
}


class Pretraining(TimedRun):
    def __init__(self, name, seed, minutes, device, start=None):
        self.size, self.device, self.pictures = SIZES[name], device, Pictures(DATA)
        self.start = start
        self.recipe = RECIPES[self.size.role]
        tokenizer, family = self.size.tokenizer, self.size.family
        self.tokens = json.loads((DATA / 'vocab.json').read_text())[f'{tokenizer}-{family}']
        self.model = initialise(build(make_config(self.size, self.tokens)), seed).to(device)
        modules = {'model': self.model}
        folder = ROOT / 'build' / 'train' / name
        if start is not None:
            grow(self.model, load_tensors(CHECKPOINTS / start))
        if self.recipe.naming:
            encoder = ROOT / 'build' / 'train' / (start or name) / 'vision.pt'
            pretrained = torch.load(encoder, map_location=device)['modules']
            if start is None:
                self.model.vision.load_state_dict(pretrained['vision'])
            self.heads = NamingHeads(self.size.vision[0], len(self.pictures.concepts), len(self.pictures.kinds))
            self.heads.load_state_dict(pretrained['heads'])
            modules['heads'] = self.heads.to(device)
        gentle = []
        if self.recipe.naming:
            gentle = [*self.model.vision.parameters(), *self.heads.parameters()]
        super().__init__(folder / 'state.pt', modules, seed, minutes, self.recipe.rate, gentle)

        def read(file):
            return read_questions(DATA / file, self.tokens['imageId'], self.size.image_tokens)

        questions = [q for q in read(f'examples-{tokenizer}-{family}.jsonl.gz') if q.type in self.recipe.tasks]
        self.prefix = common_prefix([q.question for q in questions])
        self.by_concept = {}
        for q in questions:
            if q.type in SINGLE:
                self.by_concept.setdefault(q.placements[0][0], {}).setdefault(q.type, []).append(q)
        self.scenes = [q for q in questions if q.type not in SINGLE]
        self.evaluation = {split: read(f'eval-{split}-{tokenizer}-{family}.jsonl') for split in SPLITS}

    def draw(self, examples):
        """examples: (grid, [(concept, cell)]) of one grid → pixel values with fresh styles and augmentation.

        Half of the scenes are drawn in one style, as in the questions' own scenes; half mix styles.
        """
        styles = []
        for _, placements in examples:
            choice = self.recipe.styles if self.random.random() < 0.5 else (self.random.choice(self.recipe.styles),)
            styles.append(self.pictures.draw_styles([c for c, _ in placements], choice, self.generator))
        pixels = scenes(self.pictures, examples, styles, self.size.image, self.generator, self.recipe.strength)
        return pixels.to(self.device)

    def after_prefix(self, q):
        """(question ids after the constant prefix, answer ids), as `pack` takes them."""
        return list(q.question[len(self.prefix) :]), list(q.answer)

    def single_loss(self, count):
        """Several questions about each of `count` single pictures."""
        concepts = self.random.choices(sorted(self.by_concept), k=count)
        groups = [
            [self.after_prefix(self.random.choice(self.by_concept[c][kind])) for kind in self.recipe.questions]
            for c in concepts
        ]
        pixels = self.draw([(1, [(concept, 0)]) for concept in concepts])
        loss = packed_loss(self.model, pack(self.prefix, groups, self.tokens['padId']), pixels)
        if self.recipe.naming:
            names = torch.tensor(concepts)
            kinds = self.pictures.kind_of[names].to(self.device)
            loss = loss + self.recipe.naming * self.heads.loss(
                self.model.vision(pixels).mean(1), names.to(self.device), kinds
            )
        return loss

    def scene_loss(self, count):
        """One question about each of `count` scenes; all scenes are 2×2."""
        chosen = self.random.choices(self.scenes, k=count)
        pixels = self.draw([(q.grid, [(c, cell) for c, cell, _ in q.placements]) for q in chosen])
        packed = pack(self.prefix, [[self.after_prefix(q)] for q in chosen], self.tokens['padId'])
        return packed_loss(self.model, packed, pixels)

    def loss(self):
        return self.single_loss(self.recipe.single) + self.scene_loss(self.recipe.scene)

    def report(self, final):
        """Exact match per split and type: all splits at the end, two of them on the way."""
        scores = {}
        for split in SPLITS if final else ('seen-style', 'held-out-style'):
            score = exact_match(
                self.model,
                self.pictures,
                self.evaluation[split],
                self.size.image,
                self.tokens['padId'],
                self.device,
            )
            scores[split] = {kind: row['exactMatch'] for kind, row in score['byType'].items()}
        return json.dumps(scores)


def grow(model, weights):
    """Takes over a shallower model's weights of the same widths; the layers that it lacks start as the identity."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name in weights:
                parameter.copy_(weights[name])
            elif any(f'.{end}.' in name for end in BRANCH_ENDS):
                parameter.zero_()


def common_prefix(sequences):
    """The longest list of ids that every sequence starts with."""
    first, last = min(sequences), max(sequences)
    length = next((i for i, (a, b) in enumerate(zip(first, last)) if a != b), min(len(first), len(last)))
    return list(first[:length])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', choices=SIZES, required=True)
    parser.add_argument('--minutes', type=float, required=True)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--start', choices=SIZES, help='go on from this checkpoint, with layers added if it is shallower')
    parser.add_argument('--fresh', action='store_true', help='start anew even if a saved state exists')
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    run = Pretraining(arguments.model, arguments.seed, arguments.minutes, device, arguments.start)
    run.run(arguments.fresh)


if __name__ == '__main__':
    main()
