import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSafetensors } from '../../src/engine/models/checkpoints/safetensors.ts';
import { writeCheckpoint } from '../../src/engine/models/checkpoints/write-checkpoint.ts';
import { loadCheckpoint } from '../../src/engine/models/checkpoints/load-checkpoint.ts';
import { torchRun } from '../../src/engine/export/torch-run.ts';
import { writeAdapter } from '../../src/engine/export/write-adapter.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import { loadModel } from '../../src/engine/session.ts';
import { initialLora } from '../../src/engine/train/lora.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { filesOf } from '../../scripts/resave.ts';
import { loaded } from './loaded.ts';
import {
  middle,
  readLosses,
  studentLook,
  textFolder,
  textRecipe,
  torchFixture,
  torchFolder,
  torchRecipe,
} from './torch-run-fixture.ts';

/**
 * The run that PyTorch follows (pytorch/tests/test_distil.py) is still the engine's. Where there is PyTorch, two of its processes go on with one that
 * was begun here.
 */
const context = loaded('nano');
const ofText = loaded('text');
type Run = Awaited<ReturnType<typeof torchFixture>>;
let run: Run;
let textRun: Run;
beforeAll(async () => {
  run = await torchFixture(context.session, torchRecipe);
  textRun = await torchFixture(ofText.session, textRecipe);
});
const runs = [
  { pair: 'nano', folder: torchFolder, made: () => run, pictures: ['pictures.safetensors'] },
  { pair: 'text', folder: textFolder, made: () => textRun, pictures: [] },
];

const folder = mkdtempSync(path.join(tmpdir(), 'torch-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The first with PyTorch. */
const python = [process.env.PYTHON ?? 'python3', '/usr/bin/python3'].find(
  (one) => spawnSync(one, ['-c', 'import torch']).status === 0,
);
/** One thread and no card a process; nothing leaves the machine. */
const alone = {
  ...process.env,
  OMP_NUM_THREADS: '1',
  CUDA_VISIBLE_DEVICES: '',
  ...(process.platform === 'linux' && { GLOO_SOCKET_IFNAME: 'lo' }),
};

const tolerance = 1e-3;
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const committed = (name: string, from = torchFolder) => new Uint8Array(readFileSync(`${from}/${name}`));
const tensorsOf = (files: ReadonlyMap<string, Uint8Array>, name = 'state.safetensors') =>
  parseSafetensors(files.get(name)!, name);

describe('a run for PyTorch', () => {
  it.each(runs)(
    'is written before its first update as it was for the tests there: $pair',
    ({ folder: from, made, pictures }) => {
      const { start } = made();
      expect([...start.keys()]).toEqual(['run.json', 'examples.jsonl', ...pictures, 'state.safetensors']);
      for (const name of ['run.json', 'examples.jsonl'])
        expect(text(start.get(name))).toBe(text(committed(name, from)));
      for (const name of [...pictures, 'state.safetensors'])
        expect(Buffer.compare(start.get(name)!, committed(name, from)), name).toBe(0);
      // GenRecal's Recalibrator and LoRA's adapters: no checkpoint has them.
      const begun = [...tensorsOf(start).keys()];
      expect(begun.filter((name) => !/^(main|lora)\/rec\.|^lora\/.*\.lora_[AB]\./.test(name))).toEqual([]);
    },
  );

  it('does not say what a class is to guess', async () => {
    const blind = await torchRun(context.session, { ...torchRecipe, blind: true });
    expect(text(blind.get('run.json'))).toBe(text(run.start.get('run.json')));
  });

  it.each(runs)('tells the losses that PyTorch is held against: $pair', ({ folder: from, made }) => {
    const losses = readLosses(from);
    const run = made();
    expect(Object.keys(losses)).toEqual(Object.keys(run.losses));
    for (const [student, updates] of Object.entries(losses)) {
      expect(run.losses[student]!.map(({ step }) => step)).toEqual(updates.map(({ step }) => step));
      updates.forEach(({ step, losses: terms }, i) => {
        const told = run.losses[student]![i]!.losses;
        expect(Object.keys(told).sort()).toEqual(Object.keys(terms).sort());
        for (const [term, value] of Object.entries(terms))
          expect(Math.abs(told[term]! - value), `${student}: ${term} at ${step}`).toBeLessThan(
            tolerance * Math.max(1, Math.abs(value)),
          );
      });
    }
  });

  it('has every student’s weights and moments, and where the batches stand, once it is under way', () => {
    const { step, order } = JSON.parse(text(run.later.get('run.json'))) as {
      step: number;
      order: { cursor: number }[];
    };
    expect(step).toBe(middle);
    // Batches of 4 from 16 examples.
    expect(order[0]!.cursor).toBe(16);
    const names = new Set(tensorsOf(run.later).keys());
    const adapter = 'lora/model.text_model.layers.0.self_attn.q_proj.lora_A.weight';
    for (const name of ['main/rec.norm.weight', 'sft/model.text_model.norm.weight', adapter])
      for (const suffix of ['', '#first', '#second']) expect(names).toContain(name + suffix);
    for (const name of ['examples.jsonl', 'pictures.safetensors'])
      expect(Buffer.compare(run.later.get(name)!, run.start.get(name)!)).toBe(0);
  });

  /** Two processes of PyTorch go on with a student from the middle of the run. @returns the folder that they wrote */
  async function goneOnWith(key: string): Promise<string> {
    const from = path.join(folder, 'run');
    mkdirSync(from, { recursive: true });
    for (const [name, bytes] of run.later) writeFileSync(path.join(from, name), bytes);
    const out = path.join(folder, key);
    const torchrun = '-m torch.distributed.run --standalone --nproc_per_node 2 --redirects 9:1 --tee 9:1';
    const asked = ['--run', path.join(from, 'run.json'), '--student', key, '--out', out];
    await promisify(execFile)(python!, [...torchrun.split(' '), 'pytorch/distil.py', ...asked], {
      env: alone,
    });
    return out;
  }

  it.skipIf(python === undefined)('is followed and gone on with as the tests in PyTorch say', async () => {
    const discover = '-m unittest discover -s pytorch/tests -t pytorch';
    const { stderr } = await promisify(execFile)(python!, discover.split(' '), { env: alone });
    expect(stderr).toMatch(/^Ran \d\d tests[^]*\nOK\n$/m);
  });

  it.skipIf(python === undefined).each(['main', 'lora'])(
    'is gone on with by two processes: %s',
    async (key) => {
      const out = await goneOnWith(key);
      const lines = readFileSync(path.join(out, 'losses.jsonl'), 'utf8').trim().split('\n');
      const told = lines.map((line) => JSON.parse(line) as (typeof run.losses)[string][number]);
      const ours = run.losses[key]!.slice(middle);
      expect(told.map(({ step }) => step)).toEqual(ours.map(({ step }) => step));
      told.forEach(({ step, losses }, i) => {
        for (const [term, value] of Object.entries(ours[i]!.losses))
          expect(Math.abs(losses[term]! - value), `${term} at ${step}`).toBeLessThan(
            tolerance * Math.max(1, Math.abs(value)),
          );
      });
      // Its student opens here.
      const student = await loadCheckpoint(folderSource(out), 'student');
      for (const [name, { data }] of student.tensors) {
        const expected = run.students.get(key)!.get(name)!.data;
        const furthest = data.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
        expect(furthest, name).toBeLessThan(5e-3);
      }
      const adapter = path.join(out, 'student', 'adapter');
      if (key === 'main') return expect(existsSync(adapter)).toBe(false);
      const { recipe } = armsOf(torchRecipe).find((arm) => arm.key === key)!;
      const model = context.session.student;
      const ofOurs = writeAdapter(model, initialLora(model.config, recipe), recipe.student.lora!);
      const files = filesOf(adapter);
      expect(text(files.get('adapter_config.json'))).toBe(text(ofOurs.get('adapter_config.json')));
      const shapes = (from: ReadonlyMap<string, Uint8Array>) =>
        [...tensorsOf(from, 'adapter_model.safetensors')].map(([name, { shape }]) => [name, shape]);
      expect(shapes(files)).toEqual(shapes(ofOurs));
    },
  );
});

describe('the student for PyTorch', () => {
  it('is written as it was for the tests there, and says what it said', async () => {
    const { session } = context;
    const files = filesOf(`${torchFolder}/student`);
    const student = await loadModel(folderSource(torchFolder), 'student');
    const written = await writeCheckpoint(
      folderSource('public'),
      `checkpoints/${session.pair.student.folder}`,
      student.checkpoint.tensors,
      text(files.get('README.md')),
    );
    expect(written).toEqual(files);
    const { questions, logits } = await studentLook(session, student);
    expect(questions).toEqual(JSON.parse(text(committed('answers.json'))));
    const expected = parseSafetensors(committed('logits.safetensors'), 'logits').get('logits')!;
    expect(logits.shape).toEqual(expected.shape);
    logits.data.forEach((value, i) => expect(Math.abs(value - expected.data[i]!)).toBeLessThan(1e-4));
  });
});
