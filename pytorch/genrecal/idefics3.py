"""Idefics3 (SmolVLM): SigLIP, pixel shuffle and a bias-free projection, Llama decoder; names of `transformers`."""
from torch import nn

from .decoder import Decoder
from .siglip import VisionTransformer
from .vlm import VisionLanguageModel


def pixel_shuffle(x, scale):
    """[B, side², d] → [B, (side/scale)², d·scale²], in Idefics3's channel order."""
    b, n, width = x.shape
    side = int(n**0.5)
    x = x.view(b, side, side // scale, width * scale).permute(0, 2, 1, 3)
    x = x.reshape(b, side // scale, side // scale, width * scale**2).permute(0, 2, 1, 3)
    return x.reshape(b, n // scale**2, width * scale**2)


class ModalityProjection(nn.Module):
    def __init__(self, config):
        super().__init__()
        width = config['vision_config']['hidden_size'] * config['scale_factor'] ** 2
        self.proj = nn.Linear(width, config['text_config']['hidden_size'], bias=False)


class Connector(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.scale = config['scale_factor']
        self.modality_projection = ModalityProjection(config)

    def forward(self, x):
        return self.modality_projection.proj(pixel_shuffle(x, self.scale))


class Idefics3Model(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.vision_model = VisionTransformer(config['vision_config'])
        self.connector = Connector(config)
        self.text_model = Decoder(config['text_config'])


class Idefics3ForConditionalGeneration(VisionLanguageModel):
    vision_prefix = 'model.vision_model.'
    peft_decoder = 'model.text_model'

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.image_token = config['image_token_id']
        self.model = Idefics3Model(config)
        text = config['text_config']
        self.lm_head = nn.Linear(text['hidden_size'], text['vocab_size'], bias=False)

    @property
    def text_body(self):
        return self.model.text_model

    @property
    def vision(self):
        return self.model.vision_model

    def image_features(self, pixel_values):
        """[B, 3, S, S] → [B, patches / scale², d]."""
        return self.model.connector(self.vision(pixel_values))

    def head(self, z):
        return self.lm_head(z)
