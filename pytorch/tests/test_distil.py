"""distil.py against the browser engine: the short runs of test/fixtures/torch, which the engine exported and told the losses of."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

import torch

from genrecal.checkpoint import Checkpoints
from genrecal.distiller import Distiller
from genrecal.folder import load_folder, load_tensors
from genrecal.lora import is_adapter, merged
from genrecal.models import CHECKPOINTS, open_model
from genrecal.parallel import Processes, fully_shard
from genrecal.resize import resize
from genrecal.run import Refused, Run, recipe_of
from genrecal.safetensors import load_file, save_file

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / 'test' / 'fixtures' / 'torch'
RUN = FIXTURE / 'run.json'
TEXT = FIXTURE / 'text'
SHARD = 'model-00001-of-00001.safetensors'
TOLERANCE = 1e-3


def distil(out, *more, processes=1, run=RUN):
    """The finished process of distil.py, or of torchrun with that many of it."""
    launch = [sys.executable]
    if processes > 1:
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = free.getsockname()[1]
        launch += ['-m', 'torch.distributed.run', '--nproc_per_node', str(processes), '--master_port', str(port)]
        # PyTorch 1.13 on Python 3.11 does not understand its own default, to redirect nothing; there is no ninth process.
        launch += ['--redirects', '9:1', '--tee', '9:1']
    command = [*launch, str(ROOT / 'pytorch' / 'distil.py'), '--run', str(run), '--out', str(out), *more]
    environment = {**os.environ, 'OMP_NUM_THREADS': '1', 'CUDA_VISIBLE_DEVICES': ''}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def told(out):
    """{update: losses} of a run's log."""
    lines = map(json.loads, (Path(out) / 'losses.jsonl').read_text().splitlines())
    return {line['step']: line['losses'] for line in lines}


def engine(student='main', fixture=FIXTURE):
    return {row['step']: row['losses'] for row in json.loads((fixture / 'losses.json').read_text())[student]}


class Distil(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def follow(self, found, expected):
        self.assertEqual(list(found), list(expected))
        for step, losses in expected.items():
            self.assertEqual(set(found[step]), set(losses))
            for term, value in losses.items():
                self.assertLess(abs(found[step][term] - value), TOLERANCE * max(1, abs(value)), f'{term} at {step}')

    def succeed(self, finished):
        self.assertEqual(finished.returncode, 0, finished.stderr)

    def test_two_processes_follow_the_engine_and_go_on_from_their_checkpoint_bit_for_bit(self):
        whole, cut = self.folder / 'whole', self.folder / 'cut'
        self.succeed(distil(whole, processes=2))
        self.follow(told(whole), engine())
        self.succeed(distil(cut, '--until', '7', processes=2))
        # Whoever was ended after its checkpoint had told more.
        with (cut / 'losses.jsonl').open('a') as log:
            log.write('{"step": 8, "losses": {}}\n')
        self.assertIn('--resume', distil(cut).stderr)
        self.succeed(distil(cut, '--resume', processes=2))
        self.assertEqual(told(cut), told(whole))
        self.assertEqual((cut / 'student' / SHARD).read_bytes(), (whole / 'student' / SHARD).read_bytes())

    def test_one_process_alone_learns_what_two_learn_and_what_the_engine_learned(self):
        # As a zip, as the page saves it.
        run = self.folder / 'run.zip'
        with zipfile.ZipFile(run, 'w') as archive:
            for path in FIXTURE.iterdir():
                if path.is_file():
                    archive.write(path, path.name)
        self.succeed(distil(self.folder / 'out', run=run))
        self.follow(told(self.folder / 'out'), engine())
        student, expected = (load_file(path / 'student' / SHARD) for path in (self.folder / 'out', FIXTURE))
        # Where the processors of transformers look for it.
        template, engines = (path / 'student' / 'chat_template.jinja' for path in (self.folder / 'out', FIXTURE))
        self.assertEqual(template.read_text(), engines.read_text())
        self.assertEqual(set(student), set(expected))
        for name, tensor in expected.items():
            self.assertLess((student[name].float() - tensor.float()).abs().max().item(), 5e-3, name)

    def test_an_arm_without_a_recalibrator(self):
        self.succeed(distil(self.folder / 'out', '--student', 'sft'))
        self.follow(told(self.folder / 'out'), engine('sft'))

    def test_adapters_alone_are_trained_kept_and_merged(self):
        out = self.folder / 'out'
        self.succeed(distil(out, '--student', 'lora', '--until', '10', processes=2))
        (checkpoint,) = (out / 'checkpoints').glob('*/state.safetensors')
        self.assertTrue(all(name.startswith('rec.') or is_adapter(name) for name in load_file(checkpoint)))
        self.succeed(distil(out, '--student', 'lora', '--resume'))
        self.follow(told(out), engine('lora'))
        # PEFT's files put beside the weights it began with are the student.
        known = 'base_model.model.'
        saved = load_file(out / 'student' / 'adapter' / 'adapter_model.safetensors')
        adapters = {name[len(known) :]: tensor for name, tensor in saved.items()}
        config = json.loads((out / 'student' / 'adapter' / 'adapter_config.json').read_text())
        base = {name: tensor.float() for name, tensor in load_tensors(CHECKPOINTS / 'nano-student').items()}
        expected = merged({**base, **adapters}, config['lora_alpha'] / config['r'])
        student = load_file(out / 'student' / SHARD)
        self.assertEqual(set(student), set(expected))
        for name, tensor in expected.items():
            self.assertTrue(torch.equal(student[name], tensor.half()), name)

    def test_a_pair_that_reads_text_alone(self):
        out = self.folder / 'out'
        self.succeed(distil(out, '--until', '10', processes=2, run=TEXT / 'run.json'))
        self.succeed(distil(out, '--resume', run=TEXT / 'run.json'))
        self.follow(told(out), engine(fixture=TEXT))
        self.assertEqual(set(load_tensors(out / 'student')), set(load_tensors(CHECKPOINTS / 'text-student')))
        self.assertIn('pipeline_tag: text-generation', (out / 'student' / 'README.md').read_text())

    def changed(self, change):
        """The run with its run.json changed."""
        for path in FIXTURE.iterdir():
            if path.is_file():
                shutil.copy(path, self.folder)
        described = json.loads(RUN.read_text())
        change(described)
        (self.folder / 'run.json').write_text(json.dumps(described))
        return self.folder / 'run.json'

    def test_an_arm_has_its_own_rates_and_optimiser(self):
        recipe = json.loads(RUN.read_text())['recipe']
        change = {'stages.distil.learningRate': 0.01, 'optimiser.clipNorm': 0.5}
        recipe['arms'] = [{'key': 'fast', 'label': 'Fast', 'change': change}]
        own = recipe_of(recipe, 'fast')
        self.assertEqual(own['stages']['distil'], {**recipe['stages']['distil'], 'learningRate': 0.01})
        self.assertEqual(own['optimiser'], {**recipe['optimiser'], 'clipNorm': 0.5})
        self.assertNotEqual(recipe['optimiser']['clipNorm'], 0.5)

    def test_refuses_what_it_does_not_have_by_its_name(self):
        for path, value, word in (
            (('recipe', 'objective'), 'uld', 'uld'),
            (('recipe', 'student', 'adapter'), 'lora', 'student.adapter'),
            (('version',), 3, 'version 1 or 2'),
        ):

            def change(described):
                *groups, field = path
                for group in groups:
                    described = described[group]
                described[field] = value

            with self.assertRaisesRegex(Refused, word):
                Run(self.changed(change), 'main')
        with self.assertRaisesRegex(Refused, 'main, sft'):
            Run(RUN, 'uld')

    def test_refuses_other_weights_and_models_that_are_not_here(self):
        with self.assertRaisesRegex(Refused, 'weights of this run'):
            open_model(Run(self.changed(lambda run: run['models']['student'].update(weights='0' * 64)), 'main'), 'student')
        run = Run(self.changed(lambda run: run['models']['teacher'].update(name='own-1')), 'main')
        with self.assertRaisesRegex(Refused, '--teacher-folder'):
            open_model(run, 'teacher')
        teacher, _ = load_folder(CHECKPOINTS / 'nano-teacher')
        for other in ('mini-student', 'text-student'):
            with self.assertRaisesRegex(Refused, 'does not fit these models. Give'):
                Distiller(Run(RUN, 'main'), teacher, load_folder(CHECKPOINTS / other)[0], Processes(False))

    def test_a_run_of_an_earlier_page_opens_but_for_adapters_that_it_does_not_have(self):
        run = self.changed(lambda described: None)
        state = load_file(self.folder / 'state.safetensors')
        save_file({name: tensor for name, tensor in state.items() if not is_adapter(name)}, self.folder / 'state.safetensors')

        def begun(student):
            opened = Run(run, student)
            return Distiller(opened, *(open_model(opened, role)[0] for role in ('teacher', 'student')), Processes(False))

        torch.testing.assert_close(begun('main').losses.rec.norm.weight.detach(), state['main/rec.norm.weight'])
        with self.assertRaisesRegex(Refused, 'adapters of “lora” stand. Save it anew'):
            begun('lora')

    @unittest.skipIf(fully_shard(), 'this PyTorch has FSDP2')
    def test_says_that_an_old_pytorch_has_no_shards(self):
        finished = distil(self.folder / 'out', '--shard')
        self.assertEqual(finished.returncode, 1)
        self.assertIn(f'PyTorch {torch.__version__} does not have', finished.stderr)

    def test_a_checkpoint_that_is_not_whole_does_not_count(self):
        (self.folder / '00000007').mkdir()
        (self.folder / '00000005').mkdir()
        (self.folder / '00000005' / 'progress.json').write_text('{"step": 5}')
        self.assertEqual(Checkpoints(self.folder, None).progress(), {'step': 5})


class Resize(unittest.TestCase):
    def test_as_pillow_does(self):
        """make_resize_fixtures.py's pictures; strong ones were rounded to bytes on the way."""
        for case in json.loads((ROOT / 'test' / 'fixtures' / 'resize.json').read_text()):
            side, to = case['from'], case['to']
            y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing='ij')
            pattern = ((7 * y * y + 15 * x + x * y) % 11).float() / 10
            picture = pattern if case['kind'] == 'strong' else 0.35 + 0.3 * pattern
            found = resize(picture.expand(1, 3, side, side), to, case['filter'])[0, 0].flatten()
            worst = (found - torch.tensor(case['values'])).abs().max().item()
            self.assertLess(worst, 2e-6 if case['kind'] == 'faint' else 2.1 / 255, case)


if __name__ == '__main__':
    unittest.main()
