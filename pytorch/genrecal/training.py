"""A training run over a span of wall time or a number of updates, with state on disk that lets a stopped run go on.

On a GPU the whole update (drawing pictures, forward, backward, AdamW) is recorded once as a CUDA graph and replayed: models
this small are bound by launches otherwise. So nothing in `loss()` may depend on values on the host.
"""
import math
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

SAVE_SECONDS = 120
LOG_SECONDS = 30
GENTLE = 0.15
WARM_UP_UPDATES = 3
LOOK_EVERY = 20


def make_optimiser(modules, gentle, on_gpu):
    """AdamW, weight decay on matrices only. `gentle` parameters, already trained, take GENTLE of the rate."""
    gentle = {id(parameter) for parameter in gentle}
    groups = []
    for share, chosen in ((1.0, lambda p: id(p) not in gentle), (GENTLE, lambda p: id(p) in gentle)):
        parameters = [p for module in modules for p in module.parameters() if p.requires_grad and chosen(p)]
        groups += [
            {'params': [p for p in parameters if p.dim() > 1], 'weight_decay': 0.05, 'share': share},
            {'params': [p for p in parameters if p.dim() == 1], 'weight_decay': 0.0, 'share': share},
        ]
    groups = [group for group in groups if group['params']]
    return torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), capturable=on_gpu)


def rate_share(progress):
    """Share of the peak rate at progress 0..1: warm-up over the first 4 %, then cosine to 1 %."""
    return progress / 0.04 if progress < 0.04 else 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress))


@dataclass(frozen=True)
class Budget:
    """How long a run takes: `minutes` of wall time, or `updates`, which every machine makes alike."""

    minutes: float = None
    updates: int = None

    @staticmethod
    def add_arguments(parser):
        group = parser.add_mutually_exclusive_group(required=True)
        group.add_argument('--minutes', type=float, help='wall time')
        group.add_argument('--updates', type=int, help='instead of a wall time')

    def progress(self, elapsed, steps):
        return min(1.0, elapsed / (60 * self.minutes) if self.updates is None else steps / self.updates)

    def __str__(self):
        return f'--minutes {self.minutes:g}' if self.updates is None else f'--updates {self.updates}'


class TrainingRun:
    """Optimises `modules` ({name: module}) for a `budget`; subclasses define `loss()` and `report(final)`.

    `command` goes into the state, for the model's card.
    """

    def __init__(self, path, modules, seed, budget, rate, command, gentle=()):
        self.path, self.modules, self.seed, self.budget, self.rate = Path(path), modules, seed, budget, rate
        self.command = command
        self.on_gpu = torch.cuda.is_available()
        self.optimiser = make_optimiser(modules.values(), gentle, self.on_gpu)
        self.elapsed, self.steps, self.average = 0.0, 0, None
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def set_rate(self):
        """The rate at this moment of the budget. A recorded update reads it from a tensor on the device."""
        for group in self.optimiser.param_groups:
            rate = self.rate * rate_share(self.budget.progress(self.elapsed, self.steps)) * group['share']
            if not self.on_gpu:
                group['lr'] = rate
            elif isinstance(group['lr'], torch.Tensor):
                group['lr'].fill_(rate)
            else:
                group['lr'] = torch.tensor(rate, device='cuda')

    def update(self):
        """One update; its loss, still on the device."""
        self.optimiser.zero_grad(set_to_none=True)
        with torch.autocast('cuda', dtype=torch.bfloat16, cache_enabled=False) if self.on_gpu else nullcontext():
            loss = self.loss()
        loss.backward()
        for module in self.modules.values():  # each on its own: together they only share the pictures
            nn.utils.clip_grad_norm_([p for p in module.parameters() if p.grad is not None], 1.0)
        self.optimiser.step()
        return loss.detach()

    def recorded_update(self):
        """`update`, recorded where there is a GPU that can. The warm-up updates are real ones."""
        if not self.on_gpu:
            return self.update
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP_UPDATES):
                self.update()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                loss = self.update()
        except RuntimeError as error:
            print(f'not recorded, {error}', flush=True)
            torch.cuda.synchronize()
            return self.update

        def replay():
            graph.replay()
            return loss

        return replay

    def run(self, fresh):
        if self.path.exists() and not fresh:
            self.resume()
        start = saved = logged = time.time()
        start -= self.elapsed
        self.set_rate()
        update = self.recorded_update()
        while self.budget.progress(self.elapsed, self.steps) < 1:
            self.set_rate()
            loss = update()
            self.steps += 1
            if not self.on_gpu or self.steps % LOOK_EVERY == 0:
                value = loss.item()
                self.average = value if self.average is None else 0.9 * self.average + 0.1 * value
            now = time.time()
            self.elapsed = now - start
            if now - logged > LOG_SECONDS:
                logged = now
                self.log(False)
            if now - saved > SAVE_SECONDS:
                saved = now
                self.save()
        self.save()
        self.log(True)

    def log(self, final):
        """One line: time, steps, smoothed loss, and what `report` measures."""
        for module in self.modules.values():
            module.eval()
        print(f'{self.elapsed:.0f} s, {self.steps} steps, loss {self.average:.3f}; {self.report(final)}', flush=True)
        for module in self.modules.values():
            module.train()

    def save(self):
        state = {
            'modules': {name: module.state_dict() for name, module in self.modules.items()},
            'optimiser': self.optimiser.state_dict(),
            'generator': torch.cuda.get_rng_state() if self.on_gpu else torch.get_rng_state(),
            'elapsed': self.elapsed,
            'steps': self.steps,
            'seed': self.seed,
            'command': f'{self.command} {self.budget} --seed {self.seed}',
            'device': torch.cuda.get_device_name() if self.on_gpu else 'one CPU core',
        }
        temporary = self.path.with_suffix('.tmp')
        torch.save(state, temporary)
        temporary.rename(self.path)

    def resume(self):
        state = torch.load(self.path, map_location='cpu')
        if state['command'] != f'{self.command} {self.budget} --seed {self.seed}':
            raise SystemExit(f'{self.path} is from another run, {state["command"]}: remove it or use --fresh')
        for name, module in self.modules.items():
            module.load_state_dict(state['modules'][name])
        self.optimiser.load_state_dict(state['optimiser'])
        for group in self.optimiser.param_groups:
            group['lr'] = 0.0
        (torch.cuda.set_rng_state if self.on_gpu else torch.set_rng_state)(state['generator'])
        self.elapsed, self.steps = state['elapsed'], state['steps']
