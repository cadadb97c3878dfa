"""The decoder of Llama, Qwen2 and Qwen3: pre-norm blocks, grouped-query attention with RoPE, SwiGLU.

Qwen2 has biases on q, k and v; Qwen3 normalises every head of q and k; Llama has neither.
"""
import torch
from torch import nn
from torch.nn import functional as F

from .rope import apply_rope, frequencies, rope_tables

MASKED = -1e9  # finite, so that a row with no visible key stays free of NaN


class RMSNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps))


def attention_bias(mask):
    """mask [B, N], 1 = real → additive bias [B, 1, N, N]: causal, padded keys hidden."""
    n = mask.shape[1]
    causal = torch.ones(n, n, dtype=torch.bool, device=mask.device).tril()
    visible = causal[None] & (mask[:, None, :] > 0)
    return torch.where(visible, 0.0, MASKED)[:, None].float()


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, head_dim = config['hidden_size'], head_size(config)
        bias = config['model_type'] == 'qwen2'
        self.heads, self.kv_heads, self.head_dim = (
            config['num_attention_heads'],
            config['num_key_value_heads'],
            head_dim,
        )
        self.q_proj = nn.Linear(width, self.heads * head_dim, bias=bias)
        self.k_proj = nn.Linear(width, self.kv_heads * head_dim, bias=bias)
        self.v_proj = nn.Linear(width, self.kv_heads * head_dim, bias=bias)
        self.o_proj = nn.Linear(self.heads * head_dim, width, bias=False)
        if config['model_type'] == 'qwen3':
            self.q_norm = RMSNorm(head_dim, config['rms_norm_eps'])
            self.k_norm = RMSNorm(head_dim, config['rms_norm_eps'])

    def forward(self, x, tables, bias):
        b, n, _ = x.shape
        q = self.q_proj(x).view(b, n, self.heads, self.head_dim).transpose(1, 2)
        k = self.k_proj(x).view(b, n, self.kv_heads, self.head_dim).transpose(1, 2)
        v = self.v_proj(x).view(b, n, self.kv_heads, self.head_dim).transpose(1, 2)
        if hasattr(self, 'q_norm'):
            q, k = self.q_norm(q), self.k_norm(k)
        q, k = apply_rope(q, tables), apply_rope(k, tables)
        groups = self.heads // self.kv_heads
        if groups > 1:
            k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
        scores = q @ k.transpose(-1, -2) * self.head_dim**-0.5 + bias
        mixed = scores.softmax(dim=-1) @ v
        return self.o_proj(mixed.transpose(1, 2).reshape(b, n, -1))


class SwiGLU(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, ffn = config['hidden_size'], config['intermediate_size']
        self.gate_proj = nn.Linear(width, ffn, bias=False)
        self.up_proj = nn.Linear(width, ffn, bias=False)
        self.down_proj = nn.Linear(ffn, width, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class DecoderLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.input_layernorm = RMSNorm(config['hidden_size'], config['rms_norm_eps'])
        self.self_attn = Attention(config)
        self.post_attention_layernorm = RMSNorm(config['hidden_size'], config['rms_norm_eps'])
        self.mlp = SwiGLU(config)

    def forward(self, x, tables, bias):
        x = x + self.self_attn(self.input_layernorm(x), tables, bias)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    """Token embedding, blocks and final norm: the *body* of a VLM (genrecal: `body`)."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config['vocab_size'], config['hidden_size'])
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config['num_hidden_layers']))
        self.norm = RMSNorm(config['hidden_size'], config['rms_norm_eps'])

    def forward(self, embeds, bias, positions):
        """embeds [B, N, d], bias [B, 1, N, N], positions [B, N] → features after the final norm [B, N, d]."""
        tables = rope_tables(positions, frequencies(head_size(self.config), self.config))
        x = embeds
        for layer in self.layers:
            x = layer(x, tables, bias)
        return self.norm(x)


def head_size(config):
    """Width of one attention head."""
    return config.get('head_dim') or config['hidden_size'] // config['num_attention_heads']
