import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { filesOf, resaved, type Version } from '../../scripts/resave.ts';
import { namesInPair, ownPair } from '../../src/engine/models/checkpoints/own-pair.ts';
import { Rehearsal } from '../../src/engine/experiment/rehearsal.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { openSession } from '../../src/engine/session.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import type { OwnFile } from '../../src/engine/own-file.ts';
import { readHubName } from '../../src/worker/own/hub-name.ts';
import { OwnModels } from '../../src/worker/own/own-models.ts';
import { loaded } from './loaded.ts';

/** What a person drops on the page, as the engine's worker takes it. */
const context = loaded('nano');
const shipped = filesOf('public/checkpoints/nano-student');
const source = folderSource('public');
const blob = (bytes: Uint8Array) => new Blob([bytes as Uint8Array<ArrayBuffer>]);
const nothing = () => undefined;

function dropped(version: Version, folder = 'mine'): OwnFile[] {
  return [...resaved(shipped, version)].map(([name, bytes]) => ({
    path: `${folder}/${name}`,
    file: blob(bytes),
  }));
}

describe('a person’s own model', () => {
  it('is named by its hash, whatever version saved it and whatever its folder is called', async () => {
    const models = new OwnModels();
    const first = await models.bring(dropped('4.49'), nothing);
    const second = await models.bring(dropped('5', 'other/place'), nothing);
    expect(first.name).toMatch(/^own-[0-9a-f]{12}$/);
    expect(second).toEqual({ ...first, folder: 'place' });
    expect(first).toMatchObject({
      folder: 'mine',
      family: 'idefics3',
      names: { family: 'Idefics3', encoder: 'SigLIP', decoder: 'Llama' },
      imageTokens: 4,
      vocabularySize: 432,
      heldOutQuestions: 0,
    });
    expect([...models.byName.keys()]).toEqual([first.name]);
  });

  it('makes a pair with a shipped one, again and again, until its files change', async () => {
    const files = dropped('5');
    const models = new OwnModels();
    const report = await models.bring(files, nothing);
    const { teacher } = context.session.pair;
    const { key } = ownPair(teacher, report);
    expect(namesInPair(key)).toEqual({ teacher: 'nano-teacher', student: report.name });
    expect(new URLSearchParams({ pair: key }).toString()).toBe(`pair=nano-teacher%7E${report.name}`);
    const environment = { source, device: context.device, own: models.byName };
    for (let visit = 0; visit < 2; visit++) {
      const session = await openSession(environment, key);
      expect(session.pair).toMatchObject({ key, label: 'nano-teacher → mine' });
      expect(session.student.checkpoint.tensors).toEqual(new Map(context.session.student.checkpoint.tensors));
      expect(session.student.checkpoint.hash.slice(0, 12)).toBe(report.name.slice(4));
    }
    const weights = files.find(({ path }) => path.endsWith('.safetensors'))!;
    const bytes = new Uint8Array(await weights.file.arrayBuffer());
    bytes[bytes.byteLength - 1]! ^= 0x80;
    weights.file = blob(bytes);
    const changed = new OwnModels();
    const other = await changed.bring(files, nothing);
    expect(other.name).not.toBe(report.name);
    await expect(openSession({ ...environment, own: changed.byName }, key)).rejects.toMatchObject({
      code: 'recipe-invalid',
      message: expect.stringContaining(report.name) as string,
    });
  });

  it('is weighed before its weights are read, as a rehearsal of the loaded pair weighs it', async () => {
    const files = dropped('5');
    const weights = files.find(({ path }) => path.endsWith('.safetensors'))!;
    let read = 0;
    const { file } = weights;
    weights.file = {
      size: file.size,
      arrayBuffer: () => file.arrayBuffer(),
      slice: (from: number, to: number) => {
        read += to - from;
        return file.slice(from, to);
      },
    } as Blob;
    const recipe = recipeSchema.parse({ pair: 'nano', arms: [], data: { batchSize: 4, examples: 64 } });
    const { session } = context;
    const { report, weight } = await new OwnModels().weigh(files, 'student', session, recipe);
    expect(read).toBeLessThan(file.size / 20);
    expect(report).toMatchObject({ folder: 'mine', parameters: 327_616 });
    expect(weight.gpuBytes).toBe(new Rehearsal(session, recipe).gpuBytes);
    const gpu = weight.parts.filter(({ place }) => place === 'GPU');
    expect(gpu.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(weight.gpuBytes);
    const bytes = (part: RegExp) => gpu.find((own) => part.test(own.part))!.bytes;
    // More than the student's alone: a Recalibrator is trained beside it.
    expect(bytes(/^Trained/)).toBeGreaterThan(4 * 200_000);
    expect(bytes(/^Their gradients/) / bytes(/^Trained/)).toBeCloseTo(3, 1);
    expect(weight.fits).toBe(true);
    expect(weight.largest.buffer).toBeLessThan(weight.limits.buffer);
    expect(weight.largest.binding).toBeLessThan(weight.limits.binding);
    expect(weight.switches.map(({ change }) => change)).toEqual([
      'LoRA in place of the student’s own weights',
      'batch of 1',
    ]);
    for (const { gpuBytes } of weight.switches) expect(gpuBytes).toBeLessThan(weight.gpuBytes);
  });

  it('comes in a zip as well', async () => {
    const entries = [...resaved(shipped, '5')].map(([name, bytes]) => [`inside/${name}`, bytes] as const);
    const zip = blob(zipSync(Object.fromEntries(entries), { level: 0 }));
    const report = await new OwnModels().bring([{ path: 'model.zip', file: zip }], nothing);
    expect(report.folder).toBe('inside');
    await expect(
      new OwnModels().bring([{ path: 'model.zip', file: blob(new Uint8Array(30)) }], nothing),
    ).rejects.toMatchObject({ code: 'file-corrupt' });
  });

  it('is refused where it cannot be used, and what was there stays', async () => {
    const models = new OwnModels();
    const { name } = await models.bring(dropped('5'), nothing);
    await expect(models.bring([...dropped('5', 'a'), ...dropped('5', 'b')], nothing)).rejects.toThrow(
      'There are several models: “a” and “b”',
    );
    await expect(
      models.bring([{ path: 'photo.png', file: blob(new Uint8Array(4)) }], nothing),
    ).rejects.toThrow('has no config.json');
    const textOnly = filesOf('test/fixtures/text/qwen2');
    await expect(
      models.bring(
        [...textOnly].map(([path, bytes]) => ({ path, file: blob(bytes) })),
        nothing,
      ),
    ).rejects.toThrow('tokenizer files cannot be used');
    const changed = filesOf('public/checkpoints/nano-teacher');
    await expect(
      models.bring(
        [...changed].map(([path, bytes]) => ({ path: `mine/${path}`, file: blob(bytes) })),
        nothing,
        name,
      ),
    ).rejects.toMatchObject({
      code: 'file-corrupt',
      message: `“mine” is not the model “${name}”: it is another one, or was changed since.`,
    });
    expect([...models.byName.keys()]).toEqual([name]);
    expect(await models.bring(dropped('4.49'), nothing, name)).toMatchObject({ name });
  });
});

it('reads the names that the Hub gives models, and their addresses', () => {
  const main = { repo: 'a-b/c.d_e', revision: 'main' };
  for (const text of ['a-b/c.d_e', ' https://huggingface.co/a-b/c.d_e/ ', 'a-b/c.d_e@main'])
    expect(readHubName(text)).toEqual(main);
  expect(readHubName('a/b@refs%2Fpr%2F1')).toEqual({ repo: 'a/b', revision: 'refs/pr/1' });
  expect(readHubName('https://huggingface.co/a/b/tree/v2/folder')).toEqual({ repo: 'a/b', revision: 'v2' });
  for (const text of ['', 'a', 'a/b c', 'https://example.com/a/b', 'a/b@', '../b/c/d'])
    expect(readHubName(text)).toBeUndefined();
});
