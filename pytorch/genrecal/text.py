"""Llama, Qwen2 and Qwen3 as models of text alone (`LlamaForCausalLM`, `Qwen2ForCausalLM`, `Qwen3ForCausalLM`), tensor names of `transformers`."""
from torch import nn
from torch.nn import functional as F

from .decoder import Decoder
from .language import LanguageModel


class TextModel(LanguageModel):
    peft_decoder = 'model'

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.model = Decoder(config)
        if not config['tie_word_embeddings']:
            self.lm_head = nn.Linear(config['hidden_size'], config['vocab_size'], bias=False)

    @property
    def text_body(self):
        return self.model

    def head(self, z):
        tied = self.config['tie_word_embeddings']
        return F.linear(z, self.model.embed_tokens.weight if tied else self.lm_head.weight)
