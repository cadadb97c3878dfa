"""What the two families share: image features replace the image tokens' embeddings, then body, then head."""
import torch
from torch import nn

from .decoder import attention_bias
from .rope import positions_from_mask
from .text import greedy

# The last matrix of each residual branch: at zero, the branch adds nothing.
BRANCH_ENDS = ('self_attn.out_proj', 'self_attn.o_proj', 'mlp.fc2', 'mlp.down_proj')


class VisionLanguageModel(nn.Module):
    """Subclasses set `config` and define `text_body`, `vision`, `vision_prefix`, `image_features` and `head`."""

    @property
    def text_config(self):
        return self.config['text_config']

    def engine_name(self, name):
        """A parameter's name as the engine's states have it."""
        return name

    def is_vision(self, name):
        """Whether a parameter, by its engine's name, is of the vision encoder."""
        return name.startswith(self.vision_prefix)

    def embed_tokens(self, ids):
        """ids [B, N] → [B, N, d]"""
        return self.text_body.embed_tokens(ids)

    def embed(self, ids, pixel_values):
        """ids [B, N], pixel_values [B, 3, S, S] → embeddings [B, N, d], image tokens replaced in order."""
        image_features = self.image_features(pixel_values)
        embeds = self.text_body.embed_tokens(ids)
        is_image = (ids == self.image_token)[:, :, None].expand_as(embeds)
        return embeds.masked_scatter(is_image, image_features.to(embeds.dtype))

    def features(self, ids, mask, pixel_values):
        """Body features [z_q ; z_a] of [B, N] tokens: [B, N, d]."""
        return self.text_body(self.embed(ids, pixel_values), attention_bias(mask), positions_from_mask(mask))

    def answer_logits(self, ids, mask, pixel_values, question_length):
        """Logits that predict each answer token [B, Na, V]; the first comes from the last question position."""
        z = self.features(ids, mask, pixel_values)
        return self.head(z[:, question_length - 1 : -1])

    @torch.no_grad()
    def generate(self, question_ids, question_mask, pixel_values, length, eos, pad):
        """Greedy answers [B, length] with everything after the first eos set to pad."""
        def next_logits(ids, mask):
            return self.head(self.features(ids, mask, pixel_values)[:, -1])

        return greedy(next_logits, question_ids, question_mask, length, eos, pad)


def initialise(model, seed):
    """Seeded normal weights: std 1/sqrt(fan_in), for the matrices that end a residual branch divided by
    sqrt(2 · layers) more; token embeddings 1/sqrt(width), so that a token is not drowned by what attention adds to
    it; positions 0.02; biases zero."""
    generator = torch.Generator().manual_seed(seed)
    layers = 1 + max([int(part) for name in model.state_dict() for part in name.split('.') if part.isdigit()])
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                is_scale = name.endswith('weight')  # RMSNorm and LayerNorm scales
                parameter.fill_(1.0 if is_scale else 0.0)
                continue
            std = 0.02 if 'position_embedding' in name else parameter[0].numel() ** -0.5
            if any(f'{end}.weight' in name for end in BRANCH_ENDS):
                std *= (2 * layers) ** -0.5
            parameter.normal_(0.0, std, generator=generator)
    return model
