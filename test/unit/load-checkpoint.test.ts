import { describe, expect, it } from 'vitest';
import { readPairs } from '../../src/engine/models/checkpoints/checkpoint-index.ts';
import { parseConfig } from '../../src/engine/models/families/parse-config.ts';
import { loadCheckpoint } from '../../src/engine/models/checkpoints/load-checkpoint.ts';
import { readJson, type FetchOptions, type FileSource } from '../../src/engine/models/checkpoints/source.ts';
import { folderSource } from '../../src/node/folder-source.ts';

const real = folderSource('public');
const folder = 'checkpoints/mini-student';
const shard = `${folder}/model-00001-of-00003.safetensors`;

/** The real files, with one of them changed on its way. */
function through(
  change: (path: string, bytes: Uint8Array, options?: FetchOptions) => Uint8Array,
): FileSource {
  return { bytes: async (path, options) => change(path, await real.bytes(path, options), options) };
}

describe('loading a shipped checkpoint', () => {
  it('gives every tensor of the index, the configuration and byte progress up to the total', async () => {
    const seen: number[] = [];
    let total = 0;
    const checkpoint = await loadCheckpoint(real, folder, ({ loadedBytes, totalBytes }) => {
      seen.push(loadedBytes);
      total = totalBytes;
    });
    const index = (await readJson(real, `${folder}/model.safetensors.index.json`)) as { weight_map: object };
    expect([...checkpoint.tensors.keys()].sort()).toEqual(Object.keys(index.weight_map).sort());
    expect(checkpoint.config.family).toBe('idefics3');
    expect(seen.at(-1)).toBe(total);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(checkpoint.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuses a shard with one flipped bit, and names it', async () => {
    const source = through((path, bytes) => {
      if (path === shard) bytes[bytes.length >> 1]! ^= 4;
      return bytes;
    });
    await expect(loadCheckpoint(source, folder)).rejects.toMatchObject({
      code: 'file-corrupt',
      message: expect.stringContaining(shard) as string,
    });
  });

  it('refuses a shard that is cut short', async () => {
    const source = through((path, bytes) => (path === shard ? bytes.slice(0, 1000) : bytes));
    await expect(loadCheckpoint(source, folder)).rejects.toMatchObject({ code: 'file-truncated' });
  });

  it('names a missing shard', async () => {
    const source: FileSource = {
      bytes: (path, options) => real.bytes(path === shard ? 'checkpoints/nothing' : path, options),
    };
    await expect(loadCheckpoint(source, folder)).rejects.toMatchObject({ code: 'file-missing' });
  });

  it('fetches a damaged copy once more before it gives up', async () => {
    const asked: (boolean | undefined)[] = [];
    const source = through((path, bytes, options) => {
      if (path !== shard) return bytes;
      asked.push(options?.fresh);
      return options?.fresh ? bytes : bytes.slice(0, 10);
    });
    await expect(loadCheckpoint(source, folder)).resolves.toBeDefined();
    expect(asked).toEqual([undefined, true]);
  });

  it('refuses an index that names a tensor its shard does not have', async () => {
    const source = through((path, bytes) => {
      if (!path.endsWith('index.json')) return bytes;
      const index = JSON.parse(new TextDecoder().decode(bytes)) as { weight_map: Record<string, string> };
      index.weight_map['model.extra.weight'] = 'model-00001-of-00003.safetensors';
      return new TextEncoder().encode(JSON.stringify(index));
    });
    await expect(loadCheckpoint(source, folder)).rejects.toMatchObject({
      code: 'file-corrupt',
      message: expect.stringContaining('model.extra.weight') as string,
    });
  });
});

describe('tensors that do not fit', () => {
  const reindexed = (change: (weightMap: Record<string, string>) => void) =>
    through((path, bytes) => {
      if (!path.endsWith('index.json')) return bytes;
      const index = JSON.parse(new TextDecoder().decode(bytes)) as { weight_map: Record<string, string> };
      change(index.weight_map);
      return new TextEncoder().encode(JSON.stringify(index));
    });

  it('refuses a tensor that the index does not list', async () => {
    const source = reindexed((weightMap) => {
      delete weightMap['model.text_model.norm.weight'];
    });
    await expect(loadCheckpoint(source, folder)).rejects.toMatchObject({
      code: 'file-corrupt',
      message: expect.stringContaining('model.text_model.norm.weight') as string,
    });
  });

  it('refuses weights of another size than config.json says', async () => {
    const source = through((path, bytes) =>
      path.endsWith('/config.json')
        ? new TextEncoder().encode(
            new TextDecoder().decode(bytes).replace('"intermediate_size": 256', '"intermediate_size": 260'),
          )
        : bytes,
    );
    await expect(loadCheckpoint(source, folder)).rejects.toMatchObject({
      code: 'file-unsupported',
      message: expect.stringMatching(/mlp\.gate_proj\.weight.*\[260, 96\].*\[256, 96\]/) as string,
    });
  });
});

describe('configurations', () => {
  it('reads both families of vision-language models', async () => {
    const llava = parseConfig(await readJson(real, 'checkpoints/mini-teacher/config.json'));
    expect(llava).toMatchObject({
      family: 'llava',
      imageTokens: 16,
      scaleFactor: 1,
      tieWordEmbeddings: true,
    });
    expect(llava.text.attentionBias).toBe(true);
    const idefics = parseConfig(await readJson(real, `${folder}/config.json`));
    expect(idefics).toMatchObject({
      family: 'idefics3',
      imageTokens: 4,
      scaleFactor: 2,
      tieWordEmbeddings: false,
    });
    expect(idefics.text.headDim * idefics.text.heads).toBe(idefics.text.hiddenSize);
  });

  it('names what does not fit', async () => {
    const config = (await readJson(real, `${folder}/config.json`)) as Record<string, unknown>;
    expect(() => parseConfig({ ...config, model_type: 'qwen3_vl' })).toThrow(
      expect.objectContaining({ code: 'file-unsupported' }),
    );
    expect(() => parseConfig({ ...config, scale_factor: undefined })).toThrow(/scale_factor/);
    expect(() => parseConfig('hello')).toThrow(expect.objectContaining({ code: 'file-unsupported' }));
  });
});

describe('the index of pairs', () => {
  it('lists pairs of different family, tokenizer, width and, where they see, image tokens', async () => {
    const pairs = await readPairs(real);
    expect(pairs.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['nano', 'mini', 'mini-same-tokenizer']),
    );
    for (const { key, teacher, student } of pairs) {
      expect(teacher.family, key).not.toBe(student.family);
      if (key !== 'mini-weak-teacher') expect(teacher.hiddenSize, key).not.toBe(student.hiddenSize);
      if (key === 'text') expect([teacher.imageTokens, student.imageTokens]).toEqual([0, 0]);
      else expect(teacher.imageTokens, key).not.toBe(student.imageTokens);
      expect(teacher.tokenizer === student.tokenizer, key).toBe(key === 'mini-same-tokenizer');
    }
  });
});
