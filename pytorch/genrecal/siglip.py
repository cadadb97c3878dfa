"""The SigLIP vision encoder (arXiv 2303.15343), as both families use it: no class token, learned positions."""
import torch
from torch import nn
from torch.nn import functional as F


ACTIVATIONS = {
    'gelu_pytorch_tanh': lambda x: F.gelu(x, approximate='tanh'),
    'gelu': F.gelu,
    'quick_gelu': lambda x: x * torch.sigmoid(1.702 * x),
}


class VisionEmbeddings(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, patch = config['hidden_size'], config['patch_size']
        self.patch_embedding = nn.Conv2d(3, width, kernel_size=patch, stride=patch)
        self.position_embedding = nn.Embedding((config['image_size'] // patch) ** 2, width)

    def forward(self, pixel_values):
        patches = self.patch_embedding(pixel_values).flatten(2).transpose(1, 2)  # row-major patches
        return patches + self.position_embedding.weight


class VisionAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        width = config['hidden_size']
        self.heads = config['num_attention_heads']
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x):
        b, n, width = x.shape
        q, k, v = (
            project(x).view(b, n, self.heads, -1).transpose(1, 2)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        scores = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5
        return self.out_proj((scores.softmax(dim=-1) @ v).transpose(1, 2).reshape(b, n, width))


class VisionMLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.fc1 = nn.Linear(config['hidden_size'], config['intermediate_size'])
        self.fc2 = nn.Linear(config['intermediate_size'], config['hidden_size'])
        self.activation = ACTIVATIONS[config['hidden_act']]

    def forward(self, x):
        return self.fc2(self.activation(self.fc1(x)))


class VisionLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, eps = config['hidden_size'], config['layer_norm_eps']
        self.layer_norm1 = nn.LayerNorm(width, eps=eps)
        self.self_attn = VisionAttention(config)
        self.layer_norm2 = nn.LayerNorm(width, eps=eps)
        self.mlp = VisionMLP(config)

    def forward(self, x):
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class VisionEncoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layers = nn.ModuleList(VisionLayer(config) for _ in range(config['num_hidden_layers']))

    def forward(self, x, count=None):
        """Through the first `count` layers, or all."""
        for layer in self.layers[:count]:
            x = layer(x)
        return x


class VisionTransformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embeddings = VisionEmbeddings(config)
        self.encoder = VisionEncoder(config)
        self.post_layernorm = nn.LayerNorm(config['hidden_size'], eps=config['layer_norm_eps'])

    def encode(self, pixel_values, layer=-1):
        """pixel_values [B, 3, S, S] → [B, patches, d] behind a layer counted from the end (Llava's vision_feature_layer)."""
        return self.encoder(self.embeddings(pixel_values), len(self.encoder.layers) + 1 + layer)

    def forward(self, pixel_values):
        """pixel_values [B, 3, S, S] → [B, patches, d], after post_layernorm (Idefics3)."""
        return self.post_layernorm(self.encode(pixel_values))
