import type { VlmConfig } from '../src/engine/models/config.ts';
import type { VlmCheckpoint } from '../src/engine/models/checkpoints/load-checkpoint.ts';
import { withPictures } from '../src/engine/models/families/families.ts';
import type { HostTensor } from '../src/engine/models/host-tensor.ts';
import { WgslStepper } from '../src/engine/train/wgsl/wgsl-stepper.ts';
import { TfjsStepper } from '../src/engine/train/tfjs/tfjs-stepper.ts';
import { SharedRun } from '../src/engine/train/wgsl/shared-run.ts';
import type { Stepper } from '../src/engine/train/stepper.ts';
import { labelledExamples, trainingSet } from '../src/engine/train/training-set.ts';
import { registerDirectMatmul } from '../src/engine/device/direct-matmul.ts';
import { Random } from '../src/engine/random.ts';
import { armsOf } from '../src/engine/recipe/arms.ts';
import type { Recipe } from '../src/engine/recipe/recipe.ts';
import type { LoadedModel, TrainSession } from '../src/engine/session.ts';

/** Fastest step of each engine, in milliseconds; ours with known teacher features. */
export interface Scaled {
  ours: number;
  stockTfjs: number;
}

interface Factors {
  batch?: number;
  layers?: number;
  width?: number;
  vocabulary?: number;
}

const cases: Record<string, Factors> = {
  base: {},
  'batch ×2': { batch: 2 },
  'layers ×2': { layers: 2 },
  'width ×2': { width: 2 },
  'vocabulary ×4': { vocabulary: 4 },
};

/** Step times of a pair's shapes grown in one direction at a time, on random weights. */
export async function measureScaling(
  session: TrainSession,
  recipe: Recipe,
  rounds: number,
): Promise<Record<string, Scaled>> {
  registerDirectMatmul('deterministic');
  const results: Record<string, Scaled> = {};
  for (const [name, factors] of Object.entries(cases)) {
    const grown: TrainSession = {
      ...session,
      teacher: grow(session.teacher, factors),
      student: grow(session.student, factors),
    };
    const batchSize = recipe.data.batchSize * (factors.batch ?? 1);
    results[name] = await measureOne(grown, { ...recipe, data: { ...recipe.data, batchSize } }, rounds);
  }
  return results;
}

async function measureOne(session: TrainSession, recipe: Recipe, rounds: number): Promise<Scaled> {
  const set = trainingSet(session, labelledExamples(session, recipe), armsOf(recipe));
  const shared = new SharedRun(session, set, recipe);
  const ours = new WgslStepper(shared, [{ recipe, seed: 0 }]);
  const stock = new TfjsStepper(session, set, recipe);
  await ours.prepare('distil');
  const examples = Array.from({ length: recipe.data.batchSize }, (_, i) => i);
  const time = async (stepper: Stepper, count: number) => {
    const begun = performance.now();
    stepper.update({ stage: 'distil', examples: [examples], learningRate: () => 1e-4, count });
    await stepper.numbers();
    return performance.now() - begun;
  };
  const best: Scaled = { ours: Infinity, stockTfjs: Infinity };
  // The first round compiles and computes the teacher's features.
  for (let round = 0; round <= rounds; round++) {
    const mine = await time(ours, round + 1);
    const plain = await time(stock, round + 1);
    if (round === 0) continue;
    best.ours = Math.min(best.ours, mine);
    best.stockTfjs = Math.min(best.stockTfjs, plain);
  }
  ours.dispose();
  shared.dispose();
  stock.dispose();
  return best;
}

/** The same model with other sizes and random weights. */
function grow(model: LoadedModel, { layers = 1, width = 1, vocabulary = 1 }: Factors): LoadedModel {
  const { config: own } = withPictures(model.config);
  const { vision, text } = own;
  const config: VlmConfig = {
    ...own,
    vision: {
      ...vision,
      layers: vision.layers * layers,
      hiddenSize: vision.hiddenSize * width,
      intermediateSize: vision.intermediateSize * width,
    },
    text: {
      ...text,
      layers: text.layers * layers,
      hiddenSize: text.hiddenSize * width,
      intermediateSize: text.intermediateSize * width,
      headDim: text.headDim * width,
      vocabularySize: text.vocabularySize * vocabulary,
    },
  };
  const random = new Random(1);
  const tensors = new Map<string, HostTensor>();
  for (const [name, { shape }] of model.checkpoint.tensors) {
    const grown = grownShape(name, shape, width, vocabulary);
    const norm = shape.length === 1 && name.endsWith('.weight');
    const layer = /\.layers\.(\d+)\./.exec(name);
    const depth = name.includes('vision') ? vision.layers : text.layers;
    for (let copy = 0; copy < (layer ? layers : 1); copy++) {
      const data = new Float32Array(grown.reduce((a, b) => a * b, 1));
      for (let i = 0; i < data.length; i++) data[i] = norm ? 1 : (random.next() - 0.5) * 0.1;
      const as = layer ? name.replace(layer[0], `.layers.${Number(layer[1]) + copy * depth}.`) : name;
      tensors.set(as, { shape: grown, data });
    }
  }
  return { ...model, config, checkpoint: { ...(model.checkpoint as VlmCheckpoint), config, tensors } };
}

function grownShape(name: string, shape: readonly number[], width: number, vocabulary: number): number[] {
  const [first, ...rest] = shape as [number, ...number[]];
  if (/embed_tokens|lm_head/.test(name)) return [first * vocabulary, rest[0]! * width];
  if (name.includes('position_embedding')) return [first, rest[0]! * width];
  // Convolution kernels read pixels, whose number stays.
  if (shape.length === 4) return [first * width, ...rest];
  return shape.map((size) => size * width);
}
