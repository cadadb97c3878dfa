"""Llava with a SigLIP or CLIP tower and a Llama or Qwen decoder, and Llava-OneVision with one tile; tensor names of `transformers` 4.49."""
import torch
from torch import nn
from torch.nn import functional as F

from .clip import ClipTransformer
from .decoder import Decoder
from .siglip import VisionTransformer
from .vlm import VisionLanguageModel


class VisionModel(nn.Module):
    def __init__(self, config):
        super().__init__()
        clip = config['model_type'] == 'clip_vision_model'
        self.vision_model = ClipTransformer(config) if clip else VisionTransformer(config)


class MultiModalProjector(nn.Module):
    def __init__(self, config):
        super().__init__()
        width = config['text_config']['hidden_size']
        bias = config['multimodal_projector_bias']
        self.linear_1 = nn.Linear(config['vision_config']['hidden_size'], width, bias=bias)
        self.linear_2 = nn.Linear(width, width, bias=bias)

    def forward(self, x):
        return self.linear_2(F.gelu(self.linear_1(x)))


class CausalLM(nn.Module):
    def __init__(self, config, tied):
        super().__init__()
        self.model = Decoder(config)
        if not tied:
            self.lm_head = nn.Linear(config['hidden_size'], config['vocab_size'], bias=False)


class LlavaForConditionalGeneration(VisionLanguageModel):
    vision_prefix = 'vision_tower.'
    peft_decoder = 'model.language_model'  # since transformers 4.52

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.image_token = config['image_token_index']
        self.tied = config['tie_word_embeddings']
        self.vision_tower = VisionModel(config['vision_config'])
        self.multi_modal_projector = MultiModalProjector(config)
        self.language_model = CausalLM(config['text_config'], self.tied)
        if config['model_type'] == 'llava_onevision':
            self.image_newline = nn.Parameter(torch.randn(config['text_config']['hidden_size']))

    @property
    def text_body(self):
        return self.language_model.model

    @property
    def vision(self):
        return self.vision_tower.vision_model

    def image_features(self, pixel_values):
        """[B, 3, S, S] → [B, patches, d], with Llava-OneVision's newline behind them."""
        encoded = self.vision.encode(pixel_values, self.config['vision_feature_layer'])
        tokens = self.multi_modal_projector(encoded)
        if not hasattr(self, 'image_newline'):
            return tokens
        return torch.cat([tokens, self.image_newline.expand(len(tokens), 1, -1)], dim=1)

    def head(self, z):
        """The transposed token embedding where they are tied."""
        return F.linear(z, self.text_body.embed_tokens.weight if self.tied else self.language_model.lm_head.weight)
