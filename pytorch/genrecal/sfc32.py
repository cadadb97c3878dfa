"""The browser engine's random numbers (src/engine/random.ts), so that both can begin from the same Recalibrator."""
import math

import torch

WORD = 0xFFFFFFFF


class Sfc32:
    """Doty-Humphrey's sfc32, seeded as the engine seeds it."""

    def __init__(self, seed):
        self.state = (seed & WORD, 0x9E3779B9, 0x243F6A88, 0xB7E15162)
        for _ in range(12):
            self.next()

    def next(self):
        """Uniform in [0, 1)."""
        a, b, c, counter = self.state
        t = (a + b + counter) & WORD
        rotated = ((c << 21) | (c >> 11)) & WORD
        self.state = (b ^ (b >> 9), (c + (c << 3)) & WORD, (rotated + t) & WORD, (counter + 1) & WORD)
        return t / 2**32

    def shuffle(self, items):
        """Shuffles a list in place (Fisher and Yates) and returns it."""
        for i in range(len(items) - 1, 0, -1):
            j = int(self.next() * (i + 1))
            items[i], items[j] = items[j], items[i]
        return items

    def normal(self):
        """Standard normal, by Box and Muller's transform."""
        return math.sqrt(-2 * math.log(1 - self.next())) * math.cos(2 * math.pi * self.next())

    @torch.no_grad()
    def initialise(self, rec):
        """A Recalibrator with the weights that the engine draws from this seed."""
        for name, parameter in rec.named_parameters():
            if parameter.dim() == 1:
                parameter.fill_(1.0 if name.endswith('weight') else 0.0)
                continue
            std = parameter.shape[1] ** -0.5 if name.startswith('proj') else 0.02
            draws = torch.tensor([std * self.normal() for _ in range(parameter.numel())], dtype=torch.float64)
            parameter.copy_(draws.view_as(parameter))
        return rec


class EpochSampler:
    """The engine's batches (src/engine/data/sampler.ts): every index once an epoch, in an order of its own, from where a saved state stands."""

    def __init__(self, count, state):
        self.count = count
        self.random = Sfc32(0)
        self.random.state = tuple(word & WORD for word in state['random'])
        self.order, self.cursor = list(state['order']), state['cursor']

    def next(self, size):
        """The indices of the next batch."""
        batch = []
        while len(batch) < size:
            if self.cursor == len(self.order):
                self.order, self.cursor = self.random.shuffle(list(range(self.count))), 0
            batch.append(self.order[self.cursor])
            self.cursor += 1
        return batch

    def save(self):
        return {'random': list(self.random.state), 'order': self.order, 'cursor': self.cursor}
