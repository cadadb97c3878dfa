"""Rotary position embedding in the half-split form of `transformers` (rotate_half)."""
import torch


def rope_tables(positions, head_dim, theta):
    """positions [B, N] → (cos, sin), each [B, 1, N, head_dim]; both halves carry the same angles."""
    exponents = torch.arange(0, head_dim, 2, dtype=torch.float32, device=positions.device) / head_dim
    angles = positions[:, :, None].float() * (1.0 / theta**exponents)
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
