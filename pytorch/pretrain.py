"""Pretrains one built-in model: `pretrain.py --model mini-teacher --minutes 25`.

A teacher first learns its vision encoder (naming and kind, every concept, four styles, strong augmentation,
heads thrown away), then the whole model on every task. A student sees less: one style, easy tasks, light
augmentation. The schedule runs over wall time; the state in build/train/<model>/ lets a stopped run go on.
"""
import argparse
import json
import math
import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from genrecal.evaluate import SPLITS, exact_match
from genrecal.packing import pack, packed_loss
from genrecal.pictures import Pictures, scenes
from genrecal.questions import read_questions
from genrecal.sizes import SIZES, build, make_config
from genrecal.vlm import initialise

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / 'build' / 'pretrain'
SINGLE = ('name', 'kind', 'yes-no')


@dataclass(frozen=True)
class Recipe:
    """How a role is trained. `vision` = share of the time for the vision encoder alone; `single` and `scene` =
    pictures per step with one and with several drawings; `questions` = questions per single picture."""

    styles: tuple
    tasks: tuple
    strength: float
    rate: float
    vision: float
    single: int
    scene: int
    questions: tuple = ('name', 'kind', 'yes-no', 'yes-no')
    auxiliary: float = 0.0


TRAIN_STYLES = ('noto', 'twemoji', 'fluent-emoji-flat', 'emojione')
RECIPES = {
    'teacher': Recipe(
        TRAIN_STYLES,
        ('name', 'kind', 'yes-no', 'count', 'position', 'odd-one-out', 'caption'),
        strength=0.9,
        rate=1.2e-3,
        vision=0.5,
        single=32,
        scene=24,
        questions=('name', 'name', 'kind', 'yes-no'),
        auxiliary=0.5,
    ),
    'student': Recipe(
        ('twemoji',), ('name', 'kind', 'yes-no', 'count'), strength=0.3, rate=1.5e-3, vision=0.0, single=24, scene=8
    ),
}


class NamingHeads(nn.Module):
    """Name and kind of what an average of vision features shows; the last name stands for an empty cell."""

    def __init__(self, width, names, kinds):
        super().__init__()
        self.name = nn.Linear(width, names + 1)
        self.kind = nn.Linear(width, kinds)

    def loss(self, features, concepts, kinds):
        """features [n, d]; concepts [n] (the number of names = empty); kinds [n] (-100 = empty)."""
        kind = F.cross_entropy(self.kind(features), kinds) if (kinds >= 0).any() else 0.0
        return F.cross_entropy(self.name(features), concepts, label_smoothing=0.05) + 0.5 * kind


class Pretraining:
    """One run: data, model, optimiser, seeded generators."""

    def __init__(self, name, seed, minutes, device):
        self.name, self.size, self.device = name, SIZES[name], device
        self.recipe, self.budget = RECIPES[self.size.role], minutes * 60
        self.folder = ROOT / 'build' / 'train' / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.pictures = Pictures(DATA)
        tokenizer, family = self.size.tokenizer, self.size.family
        self.tokens = json.loads((DATA / 'vocab.json').read_text())[f'{tokenizer}-{family}']
        self.model = initialise(build(make_config(self.size, self.tokens)), seed).to(device)
        width = self.size.vision[0]
        self.heads = NamingHeads(width, len(self.pictures.concepts), len(self.pictures.kinds)).to(device)
        self.random = random.Random(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.optimiser = make_optimiser(self.model, self.heads)
        self.elapsed, self.steps = 0.0, {'vision': 0, 'vlm': 0}
        self.nameable = [
            i for i, concept in enumerate(self.pictures.concepts) if concept['split'] != 'held-out-concept'
        ]
        self.core = [i for i in self.nameable if self.pictures.concepts[i]['tier'] == 'core']

        def read(file):
            return read_questions(DATA / file, self.tokens['imageId'], self.size.image_tokens)

        questions = [
            q for q in read(f'examples-{tokenizer}-{family}.jsonl.gz') if q.type in self.recipe.tasks
        ]
        self.prefix = common_prefix([q.question for q in questions])
        self.by_concept = {}
        for q in questions:
            if q.type in SINGLE:
                self.by_concept.setdefault(q.placements[0][0], {}).setdefault(q.type, []).append(q)
        self.scenes = [q for q in questions if q.type not in SINGLE]
        self.evaluation = {split: read(f'eval-{split}-{tokenizer}-{family}.jsonl') for split in SPLITS}

    # ---- batches -------------------------------------------------------------------------------------------
    def draw(self, examples):
        """examples: (grid, [(concept, cell)]) of one grid → pixel values with fresh styles and augmentation."""
        styles = [
            self.pictures.draw_styles([c for c, _ in placements], self.recipe.styles, self.generator)
            for _, placements in examples
        ]
        values = scenes(
            self.pictures, examples, styles, self.size.image, self.generator, self.recipe.strength
        )
        return values.to(self.device)

    def single_batch(self, count):
        """(concepts, pixel values, packed questions) of `count` pictures."""
        concepts = self.random.choices(sorted(self.by_concept), k=count)
        groups = []
        for concept in concepts:
            having = self.by_concept[concept]
            chosen = [self.random.choice(having[kind]) for kind in self.recipe.questions]
            groups.append([(list(q.question[len(self.prefix) :]), list(q.answer)) for q in chosen])
        pixels = self.draw([(1, [(concept, 0)]) for concept in concepts])
        return concepts, pixels, pack(self.prefix, groups, self.tokens['padId'])

    def scene_batch(self, count):
        """(pixel values, packed questions), one question per scene; all scenes are 2×2."""
        chosen = self.random.choices(self.scenes, k=count)
        pixels = self.draw([(q.grid, [(c, cell) for c, cell, _ in q.placements]) for q in chosen])
        groups = [[(list(q.question[len(self.prefix) :]), list(q.answer))] for q in chosen]
        return pixels, pack(self.prefix, groups, self.tokens['padId'])

    # ---- losses --------------------------------------------------------------------------------------------
    def naming_loss(self, pixels, concepts):
        """Single pictures: the average over all patches names the concept."""
        features = self.model.vision(pixels).mean(1)
        concepts = torch.tensor(concepts)
        kinds = self.pictures.kind_of[concepts]
        return self.heads.loss(features, concepts.to(self.device), kinds.to(self.device))

    def scene_naming_loss(self, count):
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
        features = self.model.vision(self.draw(examples))
        half, width = self.size.image // self.size.patch // 2, features.shape[-1]
        quadrants = features.view(count, 2, half, 2, half, width).mean((2, 4)).reshape(-1, width)
        labels = labels.view(-1)
        kinds = torch.where(labels < empty, self.pictures.kind_of[labels.clamp(max=empty - 1)], -100)
        return self.heads.loss(quadrants, labels.to(self.device), kinds.to(self.device))

    def vision_loss(self):
        # Half of the single pictures are core concepts: they are the ones that questions ask for.
        concepts = self.random.choices(self.core, k=24) + self.random.choices(self.nameable, k=24)
        single = self.naming_loss(self.draw([(1, [(c, 0)]) for c in concepts]), concepts)
        return single + 0.5 * self.scene_naming_loss(16)

    def vlm_loss(self):
        concepts, pixels, packed = self.single_batch(self.recipe.single)
        loss = packed_loss(self.model, packed, pixels)
        if self.recipe.auxiliary:
            loss = loss + self.recipe.auxiliary * self.naming_loss(pixels, concepts)
        scene_pixels, scene_packed = self.scene_batch(self.recipe.scene)
        return loss + packed_loss(self.model, scene_packed, scene_pixels)

    # ---- the run -------------------------------------------------------------------------------------------
    def run(self):
        self.resume()
        loss_average, last_log, last_save, start = None, 0.0, self.elapsed, time.time() - self.elapsed
        switch = self.recipe.vision * self.budget
        while self.elapsed < self.budget:
            phase = 'vision' if self.elapsed < switch else 'vlm'
            begin, end = (0, switch) if phase == 'vision' else (switch, self.budget)
            if phase == 'vlm' and self.recipe.vision and self.steps['vlm'] == 0:
                self.optimiser = make_optimiser(self.model, self.heads)
            set_rate(self.optimiser, self.recipe.rate, (self.elapsed - begin) / (end - begin))
            loss = self.vision_loss() if phase == 'vision' else self.vlm_loss()
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_([p for g in self.optimiser.param_groups for p in g['params']], 1.0)
            self.optimiser.step()
            self.steps[phase] += 1
            value = loss.item()
            loss_average = value if loss_average is None else 0.98 * loss_average + 0.02 * value
            self.elapsed = time.time() - start
            if self.elapsed - last_log > max(30, self.budget / 20):
                last_log = self.elapsed
                self.log(phase, loss_average)
            if self.elapsed - last_save > 120:
                last_save = self.elapsed
                self.save()
        self.save()
        self.log('done', loss_average)

    def log(self, phase, loss):
        line = {'phase': phase, 'seconds': round(self.elapsed), 'steps': dict(self.steps), 'loss': round(loss, 3)}
        if phase == 'vision':
            line['naming'] = {s: round(self.naming_accuracy(s), 3) for s in (*TRAIN_STYLES[:2], 'noto-v1')}
        else:
            splits = SPLITS if phase == 'done' else ('seen-style', 'held-out-style')
            self.model.eval()
            for split in splits:
                score = exact_match(
                    self.model,
                    self.pictures,
                    self.evaluation[split],
                    self.size.image,
                    self.tokens['padId'],
                    self.device,
                )
                line[split] = {
                    'all': score['exactMatch'],
                    **{kind: row['exactMatch'] for kind, row in score['byType'].items()},
                }
            self.model.train()
        print(json.dumps(line), flush=True)

    @torch.no_grad()
    def naming_accuracy(self, style):
        """Top-1 among the core training concepts, unaugmented pictures of one style."""
        concepts = [c for c in self.core if self.pictures.available[style][c]]
        pixels = scenes(
            self.pictures, [(1, [(c, 0)]) for c in concepts], [[style]] * len(concepts), self.size.image
        )
        logits = self.heads.name(self.model.vision(pixels.to(self.device)).mean(1)).cpu()
        best = torch.tensor(self.core)[logits[:, self.core].argmax(-1)]
        return (best == torch.tensor(concepts)).float().mean().item()

    def save(self):
        state = {
            'model': self.model.state_dict(),
            'heads': self.heads.state_dict(),
            'optimiser': self.optimiser.state_dict(),
            'generator': self.generator.get_state(),
            'random': self.random.getstate(),
            'elapsed': self.elapsed,
            'steps': self.steps,
            'budget': self.budget,
        }
        torch.save(state, self.folder / 'state.pt.tmp')
        (self.folder / 'state.pt.tmp').rename(self.folder / 'state.pt')

    def resume(self):
        path = self.folder / 'state.pt'
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device)
        if state['budget'] != self.budget:
            raise SystemExit(f'{path} is from a run with another --minutes; remove it or use --fresh')
        self.model.load_state_dict(state['model'])
        self.heads.load_state_dict(state['heads'])
        self.optimiser.load_state_dict(state['optimiser'])
        self.generator.set_state(state['generator'].cpu())
        self.random.setstate(state['random'])
        self.elapsed, self.steps = state['elapsed'], state['steps']


def common_prefix(sequences):
    """The longest list of ids that every sequence starts with."""
    first, last = min(sequences), max(sequences)
    length = next((i for i, (a, b) in enumerate(zip(first, last)) if a != b), min(len(first), len(last)))
    return list(first[:length])


def make_optimiser(*modules):
    """AdamW, weight decay on matrices only."""
    parameters = [p for module in modules for p in module.parameters()]
    groups = [
        {'params': [p for p in parameters if p.dim() > 1], 'weight_decay': 0.05},
        {'params': [p for p in parameters if p.dim() == 1], 'weight_decay': 0.0},
    ]
    return torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98))


def set_rate(optimiser, peak, progress):
    """Warm-up over the first 4 %, then cosine to 1 % of the peak; progress 0..1."""
    rate = progress / 0.04 if progress < 0.04 else 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress))
    for group in optimiser.param_groups:
        group['lr'] = peak * rate


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', choices=SIZES, required=True)
    parser.add_argument('--minutes', type=float, required=True)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--fresh', action='store_true', help='start anew even if a saved state exists')
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    run = Pretraining(arguments.model, arguments.seed, arguments.minutes, device)
    if arguments.fresh:
        (run.folder / 'state.pt').unlink(missing_ok=True)
    run.run()


if __name__ == '__main__':
    main()
