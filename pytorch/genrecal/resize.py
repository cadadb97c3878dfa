"""Square pictures in another size as Pillow makes them, but for the rounding to bytes (src/engine/data/resize.ts)."""
import functools
import math

import torch


def _sinc(x):
    return 1.0 if x == 0 else math.sin(math.pi * x) / (math.pi * x)


def _cubic(x):
    a = abs(x)
    return (1.5 * a - 2.5) * a * a + 1 if a < 1 else ((-0.5 * a + 2.5) * a - 4) * a + 2


# How far a filter reaches and what it weighs there, by the names of PIL.Image.Resampling.
FILTERS = {
    'lanczos': (3, lambda x: _sinc(x) * _sinc(x / 3)),
    'bilinear': (1, lambda x: 1 - abs(x)),
    'bicubic': (2, _cubic),
    'box': (0.5, lambda x: 1.0),
    'hamming': (1, lambda x: _sinc(x) * (0.54 + 0.46 * math.cos(math.pi * x))),
}


@functools.lru_cache(maxsize=None)
def taps(size, to, name):
    """[to, size]: what every pixel of the new row is made of; rows add up to 1."""
    scale = size / to
    weights = torch.zeros(to, size, dtype=torch.float64)
    for i in range(to):
        centre = (i + 0.5) * scale
        if name == 'nearest':
            weights[i, min(size - 1, int(centre))] = 1
            continue
        support, weight = FILTERS[name]
        stretch = max(scale, 1)
        first = max(0, int(math.floor(centre - support * stretch + 0.5)))
        for k in range(first, min(size, int(math.floor(centre + support * stretch + 0.5)))):
            x = (k + 0.5 - centre) / stretch
            weights[i, k] = 0 if abs(x) > support else weight(x)
    return (weights / weights.sum(1, keepdim=True)).float()


def resize(pictures, to, name):
    """[B, 3, S, S] in 0–1 → [B, 3, to, to] in 0–1, columns first and what leaves that range cut off after each pass."""
    if pictures.shape[-1] == to:
        return pictures
    across = taps(pictures.shape[-1], to, name).to(pictures.device)
    wide = (pictures @ across.T).clamp(0, 1)
    return (across @ wide).clamp(0, 1)


def pixel_values(pictures, reading):
    """Pictures [B, S, S, 3] in 0–1 as a model reads them: [B·squares, 3, size, size].

    reading: size, filter, mean and std per channel, and the grid that a picture is cut into, row by row, before it is read whole as well.
    """
    size, grid = reading['size'], reading['grid']
    pictures = pictures.permute(0, 3, 1, 2)
    if grid > 1:
        large = resize(pictures, grid * size, reading['filter'])
        cut = large.unfold(2, size, size).unfold(3, size, size)  # [B, 3, grid, grid, size, size]
        squares = cut.permute(0, 2, 3, 1, 4, 5).flatten(1, 2)
        whole = resize(large, size, reading['filter'])
        pictures = torch.cat([squares, whole[:, None]], dim=1).flatten(0, 1)
    values = resize(pictures, size, reading['filter'])
    mean, std = (torch.tensor(reading[key], device=values.device).view(1, 3, 1, 1) for key in ('mean', 'std'))
    return (values - mean) / std
