import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Trainer } from '../../src/engine/experiment/trainer.ts';
import { studentFiles } from '../../src/engine/export/student-files.ts';
import { readPairs, type PairReport } from '../../src/engine/models/checkpoints/checkpoint-index.ts';
import { loadCheckpoint } from '../../src/engine/models/checkpoints/load-checkpoint.ts';
import type { FileSource } from '../../src/engine/models/checkpoints/source.ts';
import { writeCheckpoint } from '../../src/engine/models/checkpoints/write-checkpoint.ts';
import { loadModel } from '../../src/engine/session.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { memorySource } from './memory-source.ts';
import { liveEvents, recipe } from './run-fixtures.ts';

const real = folderSource('public');
const folder = 'checkpoints/mini-student';

describe('writing a checkpoint', () => {
  it('gives a folder that loads to the same tensors, in shards of at most 1 MiB', async () => {
    const original = await loadCheckpoint(real, folder);
    const tensors = new Map(original.tensors);
    const norm = tensors.get('model.text_model.norm.weight')!;
    tensors.set('model.text_model.norm.weight', { ...norm, data: norm.data.map((_, i) => i / 64) });
    const files = await writeCheckpoint(real, folder, tensors, '# A card\n');

    for (const [name, bytes] of files)
      if (name.endsWith('.safetensors')) expect(bytes.byteLength).toBeLessThanOrEqual(1024 * 1024);
    const written: FileSource = {
      bytes: (path) => Promise.resolve(files.get(path.slice('saved/'.length))!),
    };
    const again = await loadCheckpoint(written, 'saved');
    expect(again.config).toEqual(original.config);
    expect(again.tokenizerJson).toEqual(original.tokenizerJson);
    // The processors of transformers look for it there alone.
    const { chat_template: template } = original.tokenizerConfig as { chat_template: string };
    expect(new TextDecoder().decode(files.get('chat_template.jinja'))).toBe(template);
    expect([...again.tensors]).toEqual([...tensors]);
    expect(again.hash).not.toBe(original.hash);
  });

  it('lists every file with its size and hash, and the given card instead of the old one', async () => {
    const { tensors } = await loadCheckpoint(real, folder);
    const files = await writeCheckpoint(real, folder, tensors, '# A card\n');
    const text = (name: string) => new TextDecoder().decode(files.get(name));
    const { files: listed } = JSON.parse(text('integrity.json')) as {
      files: { path: string; bytes: number; sha256: string }[];
    };
    expect(text('README.md')).toBe('# A card\n');
    expect(listed.map(({ path }) => path).sort()).toEqual(
      [...files.keys()].filter((name) => name !== 'integrity.json').sort(),
    );
    for (const { path, bytes, sha256 } of listed) {
      expect(files.get(path)!.byteLength).toBe(bytes);
      expect(createHash('sha256').update(files.get(path)!).digest('hex')).toBe(sha256);
    }
  });

  it('leaves a template that lies beside the tokenizer as it is', async () => {
    const { tensors } = await loadCheckpoint(real, folder);
    const first = await writeCheckpoint(real, folder, tensors, '');
    for (const name of ['chat_template.jinja', 'chat_template.json']) {
      const own = new TextEncoder().encode(name.endsWith('json') ? '{"chat_template": "own"}' : 'own');
      const files = new Map(first);
      for (const path of ['chat_template.jinja', 'integrity.json']) files.delete(path);
      files.set(name, own);
      const again = await writeCheckpoint(memorySource('own', files), 'own', tensors, '');
      expect([...again.keys()].filter((file) => file.startsWith('chat_template'))).toEqual([name]);
      expect(again.get(name)).toEqual(own);
    }
  });

  it('leaves out a tied head that the model’s files hold a second time: it was not trained', async () => {
    const { student } = (await readPairs(real)).find(({ key }) => key === 'mini')!;
    const original = await loadModel(real, folder);
    const { tensors } = original.checkpoint;
    const head = 'lm_head.weight';
    expect([...tensors.keys()]).toContain(head);
    const saved = async (tieWordEmbeddings: boolean) => {
      const trainer = {
        studentWeights: () => Promise.resolve(tensors),
        studentAdapters: () => Promise.resolve(undefined),
      };
      const config = { ...original.config, tieWordEmbeddings };
      const done = liveEvents().at(-1)!;
      if (done.type !== 'done') throw new Error('no end');
      const files = await studentFiles(
        trainer as unknown as Trainer,
        { pair: { teacher: student, student } as PairReport, student: { ...original, config } },
        recipe(),
        done.final,
        { command: 'test' },
      );
      const index = JSON.parse(new TextDecoder().decode(files.get('model.safetensors.index.json'))) as {
        weight_map: Record<string, string>;
      };
      return Object.keys(index.weight_map);
    };
    expect(await saved(false)).toEqual([...tensors.keys()]);
    expect(await saved(true)).toEqual([...tensors.keys()].filter((name) => name !== head));
  });

  it('refuses weights that F16 cannot hold, and names the tensor', async () => {
    for (const value of [Number.NaN, 70_000]) {
      const tensors = new Map([['w', { shape: [1], data: new Float32Array([value]) }]]);
      await expect(writeCheckpoint(real, folder, tensors, '')).rejects.toMatchObject({
        code: 'not-finite',
        message: expect.stringContaining('“w”') as string,
      });
    }
  });
});
