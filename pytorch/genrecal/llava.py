"""Llava with a SigLIP tower and a Qwen2 decoder (llava-interleave-qwen layout), tensor names of `transformers`."""
from torch import nn
from torch.nn import functional as F

from .decoder import Decoder
from .siglip import VisionTransformer
from .vlm import VisionLanguageModel


class SiglipVisionModel(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.vision_model = VisionTransformer(config)


class MultiModalProjector(nn.Module):
    def __init__(self, config):
        super().__init__()
        width = config['text_config']['hidden_size']
        self.linear_1 = nn.Linear(config['vision_config']['hidden_size'], width)
        self.linear_2 = nn.Linear(width, width)

    def forward(self, x):
        return self.linear_2(F.gelu(self.linear_1(x)))


class Qwen2ForCausalLM(nn.Module):
    """The head is the transposed token embedding (`tie_word_embeddings`)."""

    def __init__(self, config):
        super().__init__()
        self.model = Decoder(config)


class LlavaForConditionalGeneration(VisionLanguageModel):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.image_token = config['image_token_index']
        self.vision_tower = SiglipVisionModel(config['vision_config'])
        self.multi_modal_projector = MultiModalProjector(config)
        self.language_model = Qwen2ForCausalLM(config['text_config'])

    @property
    def text_body(self):
        return self.language_model.model

    @property
    def vision(self):
        return self.vision_tower.vision_model

    def image_features(self, pixel_values):
        """[B, 3, S, S] → [B, patches, d]; `vision_feature_layer` -1, strategy "full"."""
        return self.multi_modal_projector(self.vision.encode(pixel_values))

    def head(self, z):
        return F.linear(z, self.text_body.embed_tokens.weight)
