"""Random changes to drawn pictures, a whole batch at a time; white paper stays white.

They stand for what differs between drawing styles: place, proportions, line thickness, palette, texture.
"""
import math

import torch
from torch.nn import functional as F

# RGB → YIQ and back (NTSC 1953): hue is the angle in the I–Q plane.
_YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


def _uniform(generator, low, high, *shape):
    return torch.rand(*shape, generator=generator) * (high - low) + low


def _chance(generator, probability, n):
    return (torch.rand(n, generator=generator) < probability).float()[:, None, None, None]


def warp(pictures, size, generator, strength):
    """pictures [n, 3, s, s] → [n, 3, size, size]: scale, rotation, shear, shift, flip and a smooth local warp.

    With s = 2·size the bilinear sample of the identity is the 2×2 box filter that evaluation uses.
    """
    n = len(pictures)
    angle = _uniform(generator, -0.35, 0.35, n) * strength
    scale_x = torch.exp(_uniform(generator, -0.15, 0.35, n) * strength)
    scale_y = scale_x * torch.exp(_uniform(generator, -0.2, 0.2, n) * strength)
    shear = _uniform(generator, -0.2, 0.2, n) * strength
    flip = 1 - 2 * (torch.rand(n, generator=generator) < 0.5).float()
    cos, sin = angle.cos(), angle.sin()
    theta = torch.stack(
        [
            torch.stack([cos * scale_x * flip, (-sin + shear) * scale_y], dim=1),
            torch.stack([sin * scale_x * flip, cos * scale_y], dim=1),
        ],
        dim=1,
    )
    shift = _uniform(generator, -0.2, 0.2, n, 2) * strength
    grid = F.affine_grid(torch.cat([theta, shift[:, :, None]], dim=2), (n, 3, size, size), align_corners=False)
    field = torch.randn(n, 2, 5, 5, generator=generator) * 0.07 * strength
    grid = grid + F.interpolate(field, size=(size, size), mode='bicubic', align_corners=True).permute(0, 2, 3, 1)
    return 1 - F.grid_sample(1 - pictures, grid, padding_mode='zeros', align_corners=False)


def recolour(pictures, generator, strength):
    """[n, 3, s, s] → the same with another hue, saturation, contrast and gamma; sometimes grey."""
    n = len(pictures)
    y, i, q = torch.einsum('ij,njhw->nihw', _YIQ, pictures).unbind(1)
    hue = torch.where(
        torch.rand(n, generator=generator) < 0.15 * strength,
        _uniform(generator, -math.pi, math.pi, n),
        _uniform(generator, -0.5, 0.5, n) * strength,
    )[:, None, None]
    saturation = torch.exp(_uniform(generator, -1.0, 0.5, n) * strength)
    saturation = saturation * (torch.rand(n, generator=generator) > 0.15 * strength).float()
    cos, sin = hue.cos() * saturation[:, None, None], hue.sin() * saturation[:, None, None]
    rgb = torch.einsum(
        'ij,njhw->nihw', torch.linalg.inv(_YIQ), torch.stack([y, i * cos - q * sin, i * sin + q * cos], dim=1)
    ).clamp(0, 1)
    gamma = torch.exp(_uniform(generator, -0.5, 0.5, n) * strength)[:, None, None, None]
    ink = torch.exp(_uniform(generator, -0.4, 0.15, n) * strength)[:, None, None, None]
    return 1 - (1 - rgb.clamp(min=1e-4) ** gamma) * ink


def texture(pictures, generator, strength):
    """[n, 3, s, s] → sometimes thicker or thinner lines, blur, a blank rectangle, noise."""
    n, _, size, _ = pictures.shape
    thin = F.max_pool2d(pictures, 3, 1, 1)
    thick = -F.max_pool2d(-pictures, 3, 1, 1)
    blurred = F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode='replicate'), 3, 1)
    for other, probability in ((thin, 0.1), (thick, 0.1), (blurred, 0.2)):
        chosen = _chance(generator, probability * strength, n) * _uniform(generator, 0.3, 1.0, n, 1, 1, 1)
        pictures = pictures + chosen * (other - pictures)
    centre, half = torch.rand(2, n, 1, generator=generator), _uniform(generator, 0.08, 0.2, 2, n, 1)
    line = (torch.arange(size) + 0.5) / size
    rows, columns = ((line - centre).abs() < half).float()
    hole = rows[:, None, :, None] * columns[:, None, None, :] * _chance(generator, 0.3 * strength, n)
    paint = torch.where(
        torch.rand(n, generator=generator)[:, None] < 0.5,
        torch.ones(n, 3),
        torch.rand(n, 3, generator=generator),
    )[:, :, None, None]
    pictures = pictures + hole * (paint - pictures)
    noise = torch.randn(pictures.shape, generator=generator) * 0.05 * _chance(generator, 0.2 * strength, n)
    return (pictures + noise).clamp(0, 1)


def augment(pictures, size, generator, strength):
    """pictures [n, 3, s, s] in 0..1 → [n, 3, size, size]; strength 0..1 scales every change (teacher 1)."""
    return texture(recolour(warp(pictures, size, generator, strength), generator, strength), generator, strength)
