"""Rotary position embedding in the half-split form of `transformers` (rotate_half)."""
import math

import torch


def frequencies(head_dim, config):
    """Angle per position of every pair, [head_dim / 2], stretched as `rope_scaling` says (linear, llama3)."""
    exponents = torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim
    plain = 1.0 / config['rope_theta'] ** exponents
    scaling = config.get('rope_scaling')
    if scaling is None:
        return plain
    factor = scaling['factor']
    if scaling['rope_type'] == 'linear':
        return plain / factor
    low, high = scaling['low_freq_factor'], scaling['high_freq_factor']
    original = scaling['original_max_position_embeddings']
    wavelength = 2 * math.pi / plain
    smooth = (original / wavelength - low) / (high - low)
    between = (1 - smooth) * plain / factor + smooth * plain
    stretched = torch.where(wavelength > original / low, plain / factor, between)
    return torch.where(wavelength < original / high, plain, stretched)


def rope_tables(positions, per_position):
    """positions [B, N], angles per position [head_dim / 2] → (cos, sin), each [B, 1, N, head_dim]; both halves carry the same angles."""
    angles = positions[:, :, None].float() * per_position.to(positions.device)
    angles = torch.cat([angles, angles], dim=-1)[:, None]
    return angles.cos(), angles.sin()


def apply_rope(x, tables):
    """x [B, heads, N, head_dim] → the same, rotated."""
    cos, sin = tables
    half = x.shape[-1] // 2
    rotated = torch.cat([-x[..., half:], x[..., :half]], dim=-1)
    return x * cos + rotated * sin


def positions_from_mask(mask):
    """mask [B, N], 1 = real → position ids that start at 0 at the first real token; padding gets no new id."""
    return (mask.long().cumsum(dim=1) - 1).clamp(min=0)
