"""What all models share, with eyes or without: tokens become embeddings, then body, then head."""
import torch
from torch import nn

from .decoder import attention_bias
from .rope import positions_from_mask


class LanguageModel(nn.Module):
    """Subclasses set `config` and `peft_decoder` and define `text_body` and `head`; those that read pictures override `embed`.

    `*pictures` is pixel_values [B·squares, 3, S, S] for these, and nothing for the others.
    """

    # The decoder's place among the modules of `transformers`, by which PEFT names adapters.
    peft_decoder: str

    @property
    def text_config(self):
        return self.config

    def engine_name(self, name):
        """A parameter's name as the engine's states have it."""
        return name

    def is_vision(self, name):
        """Whether a parameter, by its engine's name, is of a vision encoder."""
        return False

    def embed_tokens(self, ids):
        """ids [B, N] → [B, N, d]"""
        return self.text_body.embed_tokens(ids)

    def embed(self, ids):
        """What the body reads of ids [B, N]: [B, N, d]."""
        return self.embed_tokens(ids)

    def features(self, ids, mask, *pictures):
        """Features after the final norm, [z_q ; z_a], of [B, N] tokens: [B, N, d]."""
        return self.text_body(self.embed(ids, *pictures), attention_bias(mask), positions_from_mask(mask))

    def answer_logits(self, ids, mask, *pictures, question_length):
        """Logits that predict each answer token [B, Na, V]; the first comes from the last question position."""
        return self.head(self.features(ids, mask, *pictures)[:, question_length - 1 : -1])

    @torch.no_grad()
    def generate(self, ids, mask, *pictures, length, eos, pad):
        """Greedy answers [B, length] to questions [B, Nq], with everything after the first eos set to pad."""
        asked = ids.shape[1]
        done = torch.zeros(len(ids), dtype=torch.bool, device=ids.device)
        for _ in range(length):
            token = self.head(self.features(ids, mask, *pictures)[:, -1]).argmax(-1)
            token = torch.where(done, torch.full_like(token, pad), token)
            ids = torch.cat([ids, token[:, None]], dim=1)
            mask = torch.cat([mask, torch.ones_like(mask[:, :1])], dim=1)
            done |= token == eos
        return ids[:, asked:]
