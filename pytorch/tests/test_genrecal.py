"""`python3 -m unittest discover -s pytorch/tests -t pytorch`: properties that the models and losses must have."""
import json
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import torch

from genrecal.lora import LoraLinear, adapt, adapters, merged, save_adapter
from genrecal.losses import Options, Tokens, genrecal_terms, kl_divergence, stage_loss
from genrecal.packing import QuestionTable, packed_loss
from genrecal.recalibrator import Recalibrator
from genrecal.safetensors import load_file
from genrecal.sizes import SIZES, TEXT_SIZES, build, make_config, make_text_config
from genrecal.vlm import initialise

SPECIAL = {'vocabularySize': 60, 'imageId': 59, 'padId': 0, 'eosId': 1, 'bosId': 2}


def model(name, seed=3):
    return initialise(build(make_config(SIZES[name], SPECIAL)), seed).eval()


def tokens(image_tokens, questions, answers):
    """[pad… q | a …pad] of prompts that open with the image tokens."""
    return Tokens.padded([([5] + [59] * image_tokens + q, a) for q, a in zip(questions, answers)], 0)


class Models(unittest.TestCase):
    def test_adapters_begin_at_nothing_and_merge(self):
        vlm, size = model('nano-student'), SIZES['nano-student']
        pixels = torch.randn(1, 3, size.image, size.image)
        asked = tokens(size.image_tokens, [[7, 8]], [[20, 1]])
        before = vlm.features(asked.ids, asked.mask, pixels)
        adapt(vlm.text_body, rank=2, alpha=6)
        torch.testing.assert_close(vlm.features(asked.ids, asked.mask, pixels), before)
        self.assertEqual(len(adapters(vlm)), 2 * 7 * len(vlm.text_body.layers))
        layer = vlm.text_body.layers[0].self_attn.v_proj
        self.assertIsInstance(layer, LoraLinear)
        torch.nn.init.normal_(layer.lora_B.weight)
        x = torch.randn(3, layer.lora_A.in_features)
        whole = merged(vlm.state_dict(), layer.scale)['model.text_model.layers.0.self_attn.v_proj.weight']
        torch.testing.assert_close(x @ whole.T, layer(x), rtol=1e-4, atol=1e-5)

    def test_adapters_are_saved_for_the_modules_that_peft_finds_by_their_pattern(self):
        lora = {'rank': 2, 'alpha': 4, 'targets': ['q_proj', 'down_proj']}
        text = build(make_text_config(TEXT_SIZES['text-student'], SPECIAL))
        for vlm, place in (
            (model('nano-teacher'), 'model.language_model'),
            (model('nano-student'), 'model.text_model'),
            (text, 'model'),
        ):
            adapt(vlm.text_body, **lora)
            with tempfile.TemporaryDirectory() as folder:
                save_adapter(Path(folder), 'base', vlm.peft_decoder, adapters(vlm), lora)
                config = json.loads((Path(folder) / 'adapter_config.json').read_text())
                saved = load_file(Path(folder) / 'adapter_model.safetensors')
            modules = {name.split('.lora_')[0].removeprefix('base_model.model.') for name in saved}
            self.assertEqual(len(modules), 2 * len(vlm.text_body.layers))
            for name in modules:
                self.assertTrue(name.startswith(f'{place}.layers.'), name)
                self.assertRegex(name, f'^(?:{config["target_modules"]})$')

    def test_padding_changes_nothing(self):
        for name in ('nano-teacher', 'nano-student'):
            vlm, size = model(name), SIZES[name]
            pixels = torch.randn(2, 3, size.image, size.image)
            both = tokens(size.image_tokens, [[7, 8, 9, 10], [11]], [[20, 1], [21, 22, 23, 1]])
            alone = tokens(size.image_tokens, [[11]], [[21, 22, 23, 1]])
            padded = vlm.answer_logits(both.ids, both.mask, pixels, question_length=both.question_length)[1]
            bare = vlm.answer_logits(alone.ids, alone.mask, pixels[1:], question_length=alone.question_length)[0]
            torch.testing.assert_close(padded, bare, rtol=1e-4, atol=1e-5)

    def test_packed_questions_cost_what_they_cost_alone(self):
        vlm, size = model('nano-student'), SIZES['nano-student']
        pixels = torch.randn(1, 3, size.image, size.image)
        prefix = [5] + [59] * size.image_tokens
        pairs = [([7, 8], [20, 1]), ([9], [21, 22, 1])]
        table = QuestionTable(prefix, pairs, 0, 59)
        together = packed_loss(vlm, table.pack(torch.tensor([[0, 1]])), pixels)
        alone = [packed_loss(vlm, table.pack(torch.tensor([[row]])), pixels) for row in range(2)]
        expected = (alone[0] * 2 + alone[1] * 3) / 5  # mean over answer tokens
        torch.testing.assert_close(together, expected, rtol=1e-4, atol=1e-5)

    def test_generation_takes_the_most_likely_token_each_time(self):
        vlm, size = model('nano-teacher'), SIZES['nano-teacher']
        pixels = torch.randn(1, 3, size.image, size.image)
        prompt = tokens(size.image_tokens, [[7, 8]], [[1]])
        nq = prompt.question_length
        generated = vlm.generate(prompt.ids[:, :nq], prompt.mask[:, :nq], pixels, length=5, eos=1, pad=0)[0].tolist()
        answer = generated[: generated.index(1) + 1] if 1 in generated else generated
        forced = tokens(size.image_tokens, [[7, 8]], [answer])
        logits = vlm.answer_logits(forced.ids, forced.mask, pixels, question_length=nq)
        self.assertEqual(logits.argmax(-1)[0].tolist(), answer)


class Losses(unittest.TestCase):
    def setUp(self):
        self.teacher, self.student = model('nano-teacher'), model('nano-student', 4)
        self.teacher_tokens = tokens(16, [[7, 8], [9]], [[20, 1], [21, 22, 1]])
        self.student_tokens = tokens(4, [[7], [9, 12]], [[30, 1], [31, 1]])
        self.z_l = self.teacher.features(self.teacher_tokens.ids, self.teacher_tokens.mask, torch.randn(2, 3, 32, 32))
        self.z_l = self.z_l.detach()
        self.z_s = self.student.features(self.student_tokens.ids, self.student_tokens.mask, torch.randn(2, 3, 32, 32))
        self.z_s.retain_grad()
        self.rec = Recalibrator(self.student.config['text_config'], self.teacher.config['text_config']['hidden_size']).initialise(5)

    def terms(self, stage='align', **changes):
        options = replace(Options(), **changes)
        embeddings = self.teacher.text_body.embed_tokens(self.teacher_tokens.answers[0])
        arguments = (self.teacher.head, self.teacher_tokens, self.z_l, embeddings, self.student_tokens, self.z_s)
        terms = genrecal_terms(stage, self.rec, options, *arguments)
        return terms, stage_loss(stage, options, {**terms, 'sft': torch.tensor(0.0)})

    def test_identical_distributions_have_no_divergence(self):
        logits = torch.randn(2, 3, 60) * 30
        self.assertEqual(kl_divergence(logits, logits, torch.ones(2, 3), 1.0).item(), 0.0)

    def test_distillation_reaches_the_student_at_question_positions_only(self):
        _, total = self.terms('distil')
        total.backward()
        gradient = self.z_s.grad.abs().sum(-1)
        nq = self.student_tokens.question_length
        real = self.student_tokens.mask[:, :nq] > 0
        self.assertTrue((gradient[:, :nq][real] > 0).all())
        self.assertEqual(gradient[:, :nq][~real].sum().item(), 0.0)
        self.assertEqual(gradient[:, nq:].sum().item(), 0.0)

    def test_regulariser_forms(self):
        for form, names in (
            ('ce+kl', {'regCe', 'regKl'}),
            ('ce', {'regCe'}),
            ('kl', {'regKl'}),
            ('feature-mse', {'regMse'}),
            ('none', set()),
        ):
            terms, total = self.terms(regulariser=form)
            self.assertEqual(set(terms) - {'mainCe', 'mainKl'}, names)
            torch.testing.assert_close(total, sum(terms.values()))
        self.assertNotIn('regCe', self.terms('distil')[0])


if __name__ == '__main__':
    unittest.main()
