"""What the two families share: image features replace the image tokens' embeddings."""
import torch

from .language import LanguageModel

# The last matrix of each residual branch: at zero, the branch adds nothing.
BRANCH_ENDS = ('self_attn.out_proj', 'self_attn.o_proj', 'mlp.fc2', 'mlp.down_proj')


class VisionLanguageModel(LanguageModel):
    """Subclasses define `vision`, `vision_prefix` and `image_features` as well."""

    @property
    def text_config(self):
        return self.config['text_config']

    def is_vision(self, name):
        return name.startswith(self.vision_prefix)

    def embed(self, ids, pixel_values):
        """ids [B, N], pixel_values [B·squares, 3, S, S] → embeddings [B, N, d], image tokens replaced in order."""
        image_features = self.image_features(pixel_values)
        embeds = self.embed_tokens(ids)
        is_image = (ids == self.image_token)[:, :, None].expand_as(embeds)
        return embeds.masked_scatter(is_image, image_features.to(embeds.dtype))


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
