import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { positionsFromMask } from '../../src/engine/tfjs/inputs.ts';
import { causalBias } from '../../src/engine/tfjs/ops/attention.ts';
import { rotaryTable } from '../../src/engine/tfjs/ops/rope.ts';
import { Vlm } from '../../src/engine/tfjs/vlm.ts';
import { uploadWeights } from '../../src/engine/tfjs/weights.ts';
import { loadCheckpoint } from '../../src/engine/models/checkpoints/load-checkpoint.ts';
import { parseSafetensors } from '../../src/engine/models/checkpoints/safetensors.ts';
import type { FileSource } from '../../src/engine/models/checkpoints/source.ts';
import { parseConfig } from '../../src/engine/models/families/parse-config.ts';
import { weightParts } from '../../src/engine/models/families/weight-parts.ts';
import { Memory } from '../../src/engine/wgsl/core/memory.ts';
import { Parameters } from '../../src/engine/wgsl/core/parameters.ts';
import { Plan } from '../../src/engine/wgsl/core/plan.ts';
import { Tape } from '../../src/engine/wgsl/core/tape.ts';
import { rotaryTables } from '../../src/engine/wgsl/ops/rotary.ts';
import { WgslVlm } from '../../src/engine/wgsl/vlm.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { opened } from './device.ts';
import { largestDifference } from './largest-difference.ts';

/** Decoders that read no pictures, against PyTorch, in f32, on small random weights (pytorch/make_text_fixtures.py). */
const root = 'test/fixtures/text';
const context = opened();
const families = ['llama', 'qwen2', 'qwen3'];

/** Two sequences, the shorter one padded on the left, and what PyTorch computes of them. */
function fixtureOf(family: string) {
  const json = JSON.parse(readFileSync(`${root}/${family}.json`, 'utf8')) as {
    ids: number[][];
    mask: number[][];
  };
  const arrays = parseSafetensors(new Uint8Array(readFileSync(`${root}/${family}.safetensors`)), family);
  return {
    batch: json.ids.length,
    length: json.ids[0]!.length,
    ids: Int32Array.from(json.ids.flat()),
    mask: Float32Array.from(json.mask.flat()),
    z: arrays.get('z')!.data,
    logits: arrays.get('logits')!.data,
  };
}
const load = (family: string) => loadCheckpoint(folderSource(root), family);
const configOf = (family: string) =>
  JSON.parse(readFileSync(`${root}/${family}/config.json`, 'utf8')) as Record<string, unknown>;

describe('models of text alone', () => {
  it.each(families)('%s loads as a checkpoint without pictures, every weight in one part', async (family) => {
    const { config, preprocessor, tensors } = await load(family);
    expect(config.family).toBe(family);
    expect([config.vision, preprocessor]).toEqual([undefined, undefined]);
    expect(config.text.attentionBias).toBe(family === 'qwen2');
    expect(config.text.headNorms).toBe(family === 'qwen3');
    expect(config.tieWordEmbeddings).toBe(family !== 'llama');
    const parts = weightParts(config);
    expect([...parts.keys()].sort()).toEqual([...tensors.keys()].sort());
    expect(new Set(parts.values())).toEqual(
      new Set(['embedding', 'body', ...(family === 'llama' ? ['head'] : [])]),
    );
  });

  it.each(families)('%s in plain tfjs computes what PyTorch does', async (family) => {
    const { config, tensors } = await load(family);
    const { batch, length, ids, mask, z, logits } = fixtureOf(family);
    const { hiddenSize, vocabularySize } = config.text;
    const weights = uploadWeights(tensors);
    const vlm = new Vlm(config, weights);
    const found = tf.tidy(() => {
      const features = vlm.body(vlm.embedText(tf.tensor1d(ids, 'int32')), {
        batch,
        length,
        rotary: rotaryTable(positionsFromMask(mask, batch, length), config.text),
        bias: causalBias(mask, batch, length),
      });
      return { features, logits: vlm.head(features) };
    });
    expect(largestDifference(await found.features.data<'float32'>(), hiddenSize, z, mask)).toBeLessThan(1e-4);
    expect(
      largestDifference(await found.logits.data<'float32'>(), vocabularySize, logits, mask),
    ).toBeLessThan(1e-4);
    tf.dispose([...weights.values(), found.features, found.logits]);
  });

  it.each(families)('%s in WGSL computes what PyTorch does', async (family) => {
    const { config, tensors } = await load(family);
    const { batch, length, ids, mask, z, logits } = fixtureOf(family);
    const memory = new Memory(context.device.gpu);
    const vlm = new WgslVlm(config, new Parameters(memory, tensors, 'f32'));
    const plan = new Plan(memory);
    const tape = new Tape(plan, memory, { lanes: 1, tile: 4 });
    const codes = memory.allocate(ids.length);
    const spans = memory.allocate(batch * 3);
    memory.upload(codes, ids);
    memory.upload(
      spans,
      Int32Array.from(
        Array.from({ length: batch }, (_, b) => {
          const first = mask.indexOf(1, b * length) - b * length;
          return [first, length, length - first];
        }).flat(),
      ),
    );
    const rotary = rotaryTables(memory, config.text, length);
    const features = vlm.sequence(tape, undefined, codes, {
      batch,
      length,
      causal: { spans, split: length, rotary },
    });
    const head = vlm.head(tape, features);
    await plan.compile();
    plan.submit();
    expect(largestDifference(await memory.read(features.view), features.columns, z, mask)).toBeLessThan(1e-4);
    expect(largestDifference(await memory.read(head.view), head.columns, logits, mask)).toBeLessThan(1e-4);
    memory.dispose();
  });

  it('reads no pictures, and says so', async () => {
    const { config } = await load('llama');
    const patches = tf.zeros<tf.Rank.R2>([1, 1]);
    expect(() => new Vlm(config, new Map()).imageTokens(patches, 1)).toThrow('Llama reads no pictures');
    patches.dispose();
  });

  it.each([
    ['llama', { attention_bias: true }, /attention_bias/],
    ['llama', { mlp_bias: true }, /mlp_bias/],
    ['llama', { rope_scaling: { rope_type: 'llama3' } }, /rope_scaling/],
    ['llama', { hidden_act: 'gelu' }, /hidden_act/],
    ['qwen2', { use_sliding_window: true }, /use_sliding_window/],
    ['qwen2', { vocab_size: undefined }, /vocab_size is missing/],
  ])('refuses what it would compute wrongly: %s with %o', (family, change, message) => {
    expect(() => parseConfig({ ...configOf(family), ...change })).toThrow(message);
  });

  it('refuses a checkpoint without a head where config.json does not tie it', async () => {
    const source: FileSource = {
      bytes: async (path, options) => {
        const bytes = await folderSource(root).bytes(path, options);
        return path === 'qwen2/config.json'
          ? new TextEncoder().encode(JSON.stringify({ ...configOf('qwen2'), tie_word_embeddings: false }))
          : bytes;
      },
    };
    await expect(loadCheckpoint(source, 'qwen2')).rejects.toMatchObject({
      code: 'file-unsupported',
      message: expect.stringContaining('lm_head.weight') as string,
    });
  });
});
