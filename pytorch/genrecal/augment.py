"""Random changes to drawn pictures, a whole batch at a time on its device; white paper stays white.

They stand for what differs between drawing styles: place, proportions, outlines, shading, palette, texture. Random numbers
come from the device's default generator, so a step that is recorded as a CUDA graph draws new ones at every replay.
"""
import math

import torch
from torch.nn import functional as F

# RGB → YIQ (NTSC 1953): hue is the angle in the I–Q plane.
_YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
_RGB = torch.linalg.inv(_YIQ)
_constants = {}


def _on(device):
    """(to YIQ, to RGB) on a device, uploaded once: nothing may be uploaded while a graph is recorded."""
    if device not in _constants:
        _constants[device] = (_YIQ.to(device), _RGB.to(device))
    return _constants[device]


def _uniform(like, low, high, *shape):
    return torch.rand(*shape, device=like.device) * (high - low) + low


def _chance(like, probability):
    """[n, 1, 1, 1] of 0 and 1."""
    return (torch.rand(len(like), 1, 1, 1, device=like.device) < probability).float()


def warp(pictures, size, strength):
    """pictures [n, 3, s, s] → [n, 3, size, size]: scale, rotation, shear, shift, flip and a smooth local warp.

    With s = 2·size the bilinear sample of the identity is the 2×2 box filter that evaluation uses.
    """
    n = len(pictures)
    angle = _uniform(pictures, -0.35, 0.35, n) * strength
    scale_x = torch.exp(_uniform(pictures, -0.15, 0.35, n) * strength)
    scale_y = scale_x * torch.exp(_uniform(pictures, -0.2, 0.2, n) * strength)
    shear = _uniform(pictures, -0.2, 0.2, n) * strength
    flip = 1 - 2 * (torch.rand(n, device=pictures.device) < 0.5).float()
    cos, sin = angle.cos(), angle.sin()
    theta = torch.stack(
        [
            torch.stack([cos * scale_x * flip, (-sin + shear) * scale_y], dim=1),
            torch.stack([sin * scale_x * flip, cos * scale_y], dim=1),
        ],
        dim=1,
    )
    shift = _uniform(pictures, -0.2, 0.2, n, 2) * strength
    grid = F.affine_grid(torch.cat([theta, shift[:, :, None]], dim=2), (n, 3, size, size), align_corners=False)
    field = torch.randn(n, 2, 5, 5, device=pictures.device) * 0.07 * strength
    grid = grid + F.interpolate(field, size=(size, size), mode='bicubic', align_corners=True).permute(0, 2, 3, 1)
    return 1 - F.grid_sample(1 - pictures, grid, padding_mode='zeros', align_corners=False)


def recolour(pictures, strength):
    """[n, 3, s, s] → the same with another hue, saturation, contrast and gamma; sometimes grey, sometimes in one ink."""
    n = len(pictures)
    to_yiq, to_rgb = _on(pictures.device)
    y, i, q = torch.einsum('ij,njhw->nihw', to_yiq, pictures).unbind(1)
    hue = torch.where(
        torch.rand(n, device=pictures.device) < 0.15 * strength,
        _uniform(pictures, -math.pi, math.pi, n),
        _uniform(pictures, -0.5, 0.5, n) * strength,
    )[:, None, None]
    saturation = torch.exp(_uniform(pictures, -1.0, 0.5, n) * strength)
    saturation = saturation * (torch.rand(n, device=pictures.device) > 0.15 * strength).float()
    cos, sin = hue.cos() * saturation[:, None, None], hue.sin() * saturation[:, None, None]
    rgb = torch.einsum('ij,njhw->nihw', to_rgb, torch.stack([y, i * cos - q * sin, i * sin + q * cos], dim=1))
    gamma = torch.exp(_uniform(pictures, -0.5, 0.5, n) * strength)[:, None, None, None]
    ink = torch.exp(_uniform(pictures, -0.4, 0.15, n) * strength)[:, None, None, None]
    inked = (1 - rgb.clamp(0, 1)).clamp(min=1e-4)
    inked = 1 - (1 - (1 - inked).clamp(min=1e-4) ** gamma) * ink
    # A drawing in one ink becomes one in a colour; on a coloured drawing it acts like tinted glass.
    colour = 1 - _chance(pictures, 0.2 * strength) * torch.rand(n, 3, 1, 1, device=pictures.device)
    return 1 - (1 - inked) * colour


def shade(pictures, strength):
    """[n, 3, s, s] → sometimes outlined, flattened to few tones, or lit from one side."""
    n, _, size, _ = pictures.shape
    grey = pictures.mean(1, keepdim=True)
    edge = F.max_pool2d(grey, 3, 1, 1) + F.max_pool2d(-grey, 3, 1, 1)
    pictures = pictures - _chance(pictures, 0.2 * strength) * _uniform(pictures, 0.3, 1.0, n, 1, 1, 1) * edge
    tones = torch.floor(_uniform(pictures, 2.0, 6.0, n, 1, 1, 1))
    flat = torch.round(pictures * tones) / tones
    pictures = pictures + _chance(pictures, 0.15 * strength) * (flat - pictures)
    line = torch.linspace(-1, 1, size, device=pictures.device)
    angle = _uniform(pictures, -math.pi, math.pi, n, 1, 1, 1)
    ramp = line[None, None, :, None] * angle.cos() + line[None, None, None, :] * angle.sin()
    light = _chance(pictures, 0.3 * strength) * _uniform(pictures, 0.0, 0.35, n, 1, 1, 1)
    return 1 - (1 - pictures) * (1 + light * ramp)


def texture(pictures, strength):
    """[n, 3, s, s] → sometimes thicker or thinner lines, blur, a blank rectangle, noise."""
    n, _, size, _ = pictures.shape
    thin = F.max_pool2d(pictures, 3, 1, 1)
    thick = -F.max_pool2d(-pictures, 3, 1, 1)
    blurred = F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode='replicate'), 3, 1)
    for other, probability in ((thin, 0.1), (thick, 0.1), (blurred, 0.2)):
        chosen = _chance(pictures, probability * strength) * _uniform(pictures, 0.3, 1.0, n, 1, 1, 1)
        pictures = pictures + chosen * (other - pictures)
    centre, half = _uniform(pictures, 0.0, 1.0, 2, n, 1), _uniform(pictures, 0.08, 0.2, 2, n, 1)
    line = (torch.arange(size, device=pictures.device) + 0.5) / size
    rows, columns = ((line - centre).abs() < half).float()
    hole = rows[:, None, :, None] * columns[:, None, None, :] * _chance(pictures, 0.3 * strength)
    white = (torch.rand(n, 1, 1, 1, device=pictures.device) < 0.5).float()
    paint = white + (1 - white) * torch.rand(n, 3, 1, 1, device=pictures.device)
    pictures = pictures + hole * (paint - pictures)
    noise = torch.randn_like(pictures) * 0.05 * _chance(pictures, 0.2 * strength)
    return (pictures + noise).clamp(0, 1)


def augment(pictures, size, strength):
    """pictures [n, 3, s, s] in 0..1 → [n, 3, size, size]; strength 0..1 scales every change."""
    return texture(shade(recolour(warp(pictures, size, strength), strength), strength), strength)
