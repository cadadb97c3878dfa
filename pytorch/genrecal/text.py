"""Llama, Qwen2 and Qwen3 as models of text alone (`LlamaForCausalLM`, `Qwen2ForCausalLM`, `Qwen3ForCausalLM`), tensor names of `transformers`."""
import torch
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

    def answer_logits(self, ids, mask, question_length):
        """Logits that predict each answer token [B, Na, V]; the first comes from the last question position."""
        return self.head(self.features(ids, mask)[:, question_length - 1 : -1])

    @torch.no_grad()
    def generate(self, question_ids, question_mask, length, eos, pad):
        """Greedy answers [B, length] with everything after the first eos set to pad."""
        return greedy(lambda ids, mask: self.head(self.features(ids, mask)[:, -1]), question_ids, question_mask, length, eos, pad)


def greedy(next_logits, question_ids, question_mask, length, eos, pad):
    """Greedy answers [B, length]; `next_logits` of ids and mask [B, N] are those of the next token, [B, V]."""
    ids, mask = question_ids, question_mask
    done = torch.zeros(len(ids), dtype=torch.bool, device=ids.device)
    for _ in range(length):
        token = next_logits(ids, mask).argmax(-1)
        token = torch.where(done, torch.full_like(token, pad), token)
        ids = torch.cat([ids, token[:, None]], dim=1)
        mask = torch.cat([mask, torch.ones_like(mask[:, :1])], dim=1)
        done |= token == eos
    return ids[:, question_ids.shape[1] :]
