import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { squaresOf, type VlmConfig } from '../../src/engine/models/config.ts';
import { loadCheckpoint, type VlmCheckpoint } from '../../src/engine/models/checkpoints/load-checkpoint.ts';
import { parseSafetensors } from '../../src/engine/models/checkpoints/safetensors.ts';
import { patchesAcross } from '../../src/engine/models/families/vision.ts';
import { positionsFromMask } from '../../src/engine/tfjs/inputs.ts';
import { causalBias } from '../../src/engine/tfjs/ops/attention.ts';
import { rotaryTable } from '../../src/engine/tfjs/ops/rope.ts';
import { Vlm } from '../../src/engine/tfjs/vlm.ts';
import { uploadWeights } from '../../src/engine/tfjs/weights.ts';
import { Memory } from '../../src/engine/wgsl/core/memory.ts';
import { Parameters } from '../../src/engine/wgsl/core/parameters.ts';
import { Plan } from '../../src/engine/wgsl/core/plan.ts';
import { Tape } from '../../src/engine/wgsl/core/tape.ts';
import { rotaryTables } from '../../src/engine/wgsl/ops/rotary.ts';
import { WgslVlm } from '../../src/engine/wgsl/vlm.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { opened } from './device.ts';
import { largestDifference } from './largest-difference.ts';

/** Vision-language models that people bring, against PyTorch, in f32, on small random weights (pytorch/make_family_fixtures.py). */
const root = 'test/fixtures/families';
const context = opened();
const names = ['llava-clip-llama', 'llava-siglip-qwen2', 'llava-onevision', 'idefics3-split', 'smolvlm'];

async function fixtureOf(name: string) {
  const checkpoint = (await loadCheckpoint(folderSource(root), name)) as VlmCheckpoint;
  const { config } = checkpoint;
  const json = JSON.parse(readFileSync(`${root}/${name}.json`, 'utf8')) as {
    ids: number[][];
    mask: number[][];
  };
  const arrays = parseSafetensors(new Uint8Array(readFileSync(`${root}/${name}.safetensors`)), name);
  const ids = json.ids.flat();
  const [batch, length] = [json.ids.length, json.ids[0]!.length];
  let image = 0;
  // Within each picture: −1 − j for its j-th token.
  const codes = Int32Array.from(ids, (id, i) => {
    if (i % length === 0) image = 0;
    return id === config.imageTokenId ? -1 - image++ : id;
  });
  return {
    checkpoint,
    batch,
    length,
    codes,
    mask: Float32Array.from(json.mask.flat()),
    patches: patchesOf(arrays.get('pixels')!.data, config),
    imageTokens: arrays.get('image_tokens')!.data,
    z: arrays.get('z')!.data,
    logits: arrays.get('logits')!.data,
  };
}

/** [S·3·size·size] as a convolution reads it → [S·P, 3·p·p] */
function patchesOf(pixels: Float32Array, { vision }: VlmConfig): Float32Array<ArrayBuffer> {
  const { imageSize: size, patchSize: p } = vision;
  const across = patchesAcross(vision);
  const squares = pixels.length / (3 * size * size);
  const patches: number[] = [];
  for (let s = 0; s < squares; s++)
    for (let py = 0; py < across; py++)
      for (let px = 0; px < across; px++)
        for (let c = 0; c < 3; c++)
          for (let y = 0; y < p; y++)
            for (let x = 0; x < p; x++)
              patches.push(pixels[((s * 3 + c) * size + py * p + y) * size + px * p + x]!);
  return Float32Array.from(patches);
}

describe.each(names)('%s', (name) => {
  it('in plain tfjs computes what PyTorch does', async () => {
    const { checkpoint, batch, length, codes, mask, patches, imageTokens, z, logits } = await fixtureOf(name);
    const { config, tensors } = checkpoint;
    const weights = uploadWeights(tensors);
    const vlm = new Vlm(config, weights);
    const rows = codes.map((code, i) =>
      code >= 0 ? code : config.text.vocabularySize + Math.floor(i / length) * config.imageTokens - 1 - code,
    );
    const found = tf.tidy(() => {
      const width = 3 * config.vision.patchSize ** 2;
      const images = vlm.imageTokens(tf.tensor2d(patches, [patches.length / width, width]), batch);
      const features = vlm.body(vlm.embed(tf.tensor1d(rows, 'int32'), images), {
        batch,
        length,
        rotary: rotaryTable(positionsFromMask(mask, batch, length), config.text),
        bias: causalBias(mask, batch, length),
      });
      return { images, features, logits: vlm.head(features) };
    });
    const { hiddenSize, vocabularySize } = config.text;
    const all = new Float32Array(batch * config.imageTokens).fill(1);
    expect(
      largestDifference(await found.images.data<'float32'>(), hiddenSize, imageTokens, all),
    ).toBeLessThan(1e-3);
    expect(largestDifference(await found.features.data<'float32'>(), hiddenSize, z, mask)).toBeLessThan(1e-3);
    expect(
      largestDifference(await found.logits.data<'float32'>(), vocabularySize, logits, mask),
    ).toBeLessThan(1e-3);
    tf.dispose([...weights.values(), found.images, found.features, found.logits]);
  });

  it('in WGSL computes what PyTorch does', async () => {
    const { checkpoint, batch, length, codes, mask, patches, imageTokens, z, logits } = await fixtureOf(name);
    const { config, tensors } = checkpoint;
    const memory = new Memory(context.device.gpu);
    const vlm = new WgslVlm(config, new Parameters(memory, tensors, 'f32'));
    expect(vlm.patches).toBe(squaresOf(config) * patchesAcross(config.vision) ** 2);
    const plan = new Plan(memory);
    const tape = new Tape(plan, memory, { lanes: 1, tile: 4 });
    const pixels = tape.value(batch * vlm.patches, vlm.patchWords, false);
    const codeView = memory.allocate(codes.length);
    const spans = memory.allocate(batch * 3);
    memory.upload(pixels.view, patches);
    memory.upload(codeView, codes);
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
    const features = vlm.visionFeatures(tape, pixels, batch);
    const images = vlm.imageTokens(tape, features, batch);
    const body = vlm.sequence(tape, features, codeView, {
      batch,
      length,
      causal: { spans, split: length, rotary },
    });
    const head = vlm.head(tape, body);
    await plan.compile();
    plan.submit();
    const all = new Float32Array(batch * config.imageTokens).fill(1);
    expect(largestDifference(await memory.read(images.view), images.columns, imageTokens, all)).toBeLessThan(
      1e-3,
    );
    expect(largestDifference(await memory.read(body.view), body.columns, z, mask)).toBeLessThan(1e-3);
    expect(largestDifference(await memory.read(head.view), head.columns, logits, mask)).toBeLessThan(1e-3);
    memory.dispose();
  });
});
