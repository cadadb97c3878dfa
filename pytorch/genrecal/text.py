"""Llama and Qwen2 as models of text alone (`LlamaForCausalLM`, `Qwen2ForCausalLM`), tensor names of `transformers`."""
from torch import nn
from torch.nn import functional as F

from .decoder import Decoder, attention_bias
from .rope import positions_from_mask


class TextModel(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.model = Decoder(config)
        if not config['tie_word_embeddings']:
            self.lm_head = nn.Linear(config['hidden_size'], config['vocab_size'], bias=False)

    def features(self, ids, mask):
        """Features after the final norm of [B, N] tokens: [B, N, d]."""
        return self.model(self.model.embed_tokens(ids), attention_bias(mask), positions_from_mask(mask))

    def head(self, z):
        tied = self.config['tie_word_embeddings']
        return F.linear(z, self.model.embed_tokens.weight if tied else self.lm_head.weight)
