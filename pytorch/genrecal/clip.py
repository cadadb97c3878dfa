"""CLIP's vision encoder (arXiv 2103.00020) as LLaVA uses it, from the public definition; tensor names of `transformers`."""
import torch
from torch import nn

from .siglip import VisionEncoder


class ClipEmbeddings(nn.Module):
    """A class token before the patches, whose convolution has no bias."""

    def __init__(self, config):
        super().__init__()
        width, patch = config['hidden_size'], config['patch_size']
        self.class_embedding = nn.Parameter(torch.randn(width))
        self.patch_embedding = nn.Conv2d(3, width, kernel_size=patch, stride=patch, bias=False)
        self.position_embedding = nn.Embedding((config['image_size'] // patch) ** 2 + 1, width)

    def forward(self, pixel_values):
        patches = self.patch_embedding(pixel_values).flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(len(patches), 1, -1)
        return torch.cat([first, patches], dim=1) + self.position_embedding.weight


class ClipTransformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, eps = config['hidden_size'], config['layer_norm_eps']
        self.embeddings = ClipEmbeddings(config)
        self.pre_layrnorm = nn.LayerNorm(width, eps=eps)  # as `transformers` spells it
        self.encoder = VisionEncoder(config)
        self.post_layernorm = nn.LayerNorm(width, eps=eps)

    def encode(self, pixel_values, layer=-1):
        """pixel_values [B, 3, S, S] → [B, patches, d] behind a layer counted from the end, without the class token."""
        x = self.pre_layrnorm(self.embeddings(pixel_values))
        return self.encoder(x, len(self.encoder.layers) + 1 + layer)[:, 1:]
