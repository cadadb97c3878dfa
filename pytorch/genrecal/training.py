"""A training run over a span of wall time, with state on disk that lets a stopped run go on."""
import math
import random
import time
from pathlib import Path

import torch
from torch import nn

SAVE_SECONDS = 120
GENTLE = 0.15


def make_optimiser(modules, gentle):
    """AdamW, weight decay on matrices only. `gentle` parameters, already trained, take GENTLE of the rate."""
    gentle = {id(parameter) for parameter in gentle}
    groups = []
    for share, chosen in ((1.0, lambda p: id(p) not in gentle), (GENTLE, lambda p: id(p) in gentle)):
        parameters = [p for module in modules for p in module.parameters() if chosen(p)]
        groups += [
            {'params': [p for p in parameters if p.dim() > 1], 'weight_decay': 0.05, 'share': share},
            {'params': [p for p in parameters if p.dim() == 1], 'weight_decay': 0.0, 'share': share},
        ]
    return torch.optim.AdamW([group for group in groups if group['params']], lr=0.0, betas=(0.9, 0.98))


def rate_share(progress):
    """Share of the peak rate at progress 0..1: warm-up over the first 4 %, then cosine to 1 %."""
    return progress / 0.04 if progress < 0.04 else 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress))


class TimedRun:
    """Optimises `modules` ({name: module}) for `minutes`; subclasses define `loss()` and `report(final)`.

    `start` names the checkpoint that a run goes on from, if any.
    """

    start = None

    def __init__(self, path, modules, seed, minutes, rate, gentle=()):
        self.path, self.modules, self.seed, self.budget, self.rate = Path(path), modules, seed, minutes * 60, rate
        self.optimiser = make_optimiser(modules.values(), gentle)
        self.random = random.Random(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.elapsed, self.steps, self.average = 0.0, 0, None
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def run(self, fresh):
        if self.path.exists() and not fresh:
            self.resume()
        start = saved = logged = time.time()
        start -= self.elapsed
        parameters = [p for group in self.optimiser.param_groups for p in group['params']]
        while self.elapsed < self.budget:
            for group in self.optimiser.param_groups:
                group['lr'] = self.rate * rate_share(self.elapsed / self.budget) * group['share']
            loss = self.loss()
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            self.optimiser.step()
            self.steps += 1
            self.average = loss.item() if self.average is None else 0.98 * self.average + 0.02 * loss.item()
            now = time.time()
            self.elapsed = now - start
            if now - logged > max(30, self.budget / 12):
                logged = now
                self.log(False)
            if now - saved > SAVE_SECONDS:
                saved = now
                self.save()
        self.save()
        self.log(True)

    def log(self, final):
        """One line: time, steps, smoothed loss, and what `report` measures."""
        print(f'{self.elapsed:.0f} s, {self.steps} steps, loss {self.average:.3f}; {self.report(final)}', flush=True)

    def save(self):
        state = {
            'modules': {name: module.state_dict() for name, module in self.modules.items()},
            'optimiser': self.optimiser.state_dict(),
            'generator': self.generator.get_state(),
            'random': self.random.getstate(),
            'elapsed': self.elapsed,
            'steps': self.steps,
            'seed': self.seed,
            'budget': self.budget,
            'start': self.start,
        }
        temporary = self.path.with_suffix('.tmp')
        torch.save(state, temporary)
        temporary.rename(self.path)

    def resume(self):
        state = torch.load(self.path, map_location='cpu')
        if state['budget'] != self.budget:
            raise SystemExit(f'{self.path} is from a run with another --minutes: remove it or use --fresh')
        for name, module in self.modules.items():
            module.load_state_dict(state['modules'][name])
        self.optimiser.load_state_dict(state['optimiser'])
        self.generator.set_state(state['generator'])
        self.random.setstate(state['random'])
        self.elapsed, self.steps = state['elapsed'], state['steps']
