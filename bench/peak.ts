import type { TextConfig, VlmConfig } from '../src/engine/models/config.ts';
import { withPictures } from '../src/engine/models/families/families.ts';
import type { EngineDevice } from '../src/engine/device/open-device.ts';
import { tileFor } from '../src/engine/device/variant.ts';
import type { TrainingSet } from '../src/engine/train/training-set.ts';
import { matmul } from '../src/engine/wgsl/products/matmul.ts';
import { Memory } from '../src/engine/wgsl/core/memory.ts';
import { Plan } from '../src/engine/wgsl/core/plan.ts';
import type { Recipe } from '../src/engine/recipe/recipe.ts';
import type { TrainSession } from '../src/engine/session.ts';

/** What a matrix product alone reaches: the best rate of our kernel over a few sizes, in GFLOP/s. */
export async function peakGflops({ gpu, report }: EngineDevice, rounds: number): Promise<number> {
  const sizes = [
    [512, 512, 512],
    [1024, 512, 256],
    [1024, 1024, 1024],
  ] as const;
  const repeats = 4;
  let best = 0;
  for (const [m, n, k] of sizes) {
    const memory = new Memory(gpu);
    const [left, right, out] = [m * k, k * n, m * n].map((length) => memory.allocate(length));
    // Ones, not zeros: some hardware is faster on zeros.
    memory.upload(left!, new Float32Array(m * k).fill(1));
    memory.upload(right!, new Float32Array(k * n).fill(1));
    const plan = new Plan(memory);
    for (let i = 0; i < repeats; i++)
      plan.add(
        matmul({
          label: 'peak',
          tile: tileFor(report.variant, m * n),
          m,
          n,
          k,
          left: { view: left!, transposed: false },
          right: { view: right!, transposed: false },
          out: out!,
        }),
      );
    await plan.compile();
    for (let round = 0; round <= rounds; round++) {
      const begun = performance.now();
      plan.submit();
      await gpu.queue.onSubmittedWorkDone();
      const seconds = (performance.now() - begun) / 1000;
      if (round > 0) best = Math.max(best, (2 * m * n * k * repeats) / seconds / 1e9);
    }
    memory.dispose();
  }
  return best;
}

/**
 * Floating-point operations of a stage-2 update whose teacher features are known, in GFLOP: matrix products and attention, counted from the
 * shapes of the configurations; a multiplication and an addition are two. What is only done again to save memory does not count.
 */
export function stepGflop(session: TrainSession, { bounds }: TrainingSet, recipe: Recipe): number {
  const { batchSize: batch } = recipe.data;
  const { config: student } = withPictures(session.student.config);
  const teacher = session.teacher.config;
  const { student: s, teacher: l } = bounds;
  const [d, dl] = [student.text.hiddenSize, teacher.text.hiddenSize];
  const joined = s.Nq + l.Na;
  const body = (config: TextConfig, length: number, layers: number) =>
    batch *
    layers *
    (length * blockWeights(config) * 2 + length * (length + 1) * 2 * config.heads * config.headDim);
  const head = (rows: number, width: number, vocabulary: number) => 2 * batch * rows * width * vocabulary;
  // Trained parts run forward, and backward for their input and for their weights.
  const trained =
    vision(student, batch) +
    body(student.text, s.Nq + s.Na, student.text.layers) +
    head(s.Na, d, student.text.vocabularySize) +
    head(l.Na, dl, d) +
    body(student.text, joined, recipe.recalibrator.depth) +
    head(l.Na, d, dl);
  // Nothing differentiates pictures and the teacher's features: the products that read them have no gradient for their input.
  const constant = patchEmbedding(student, batch) + head(l.Na, dl, d);
  // The teacher's head reads its own features, and the Recalibrator's, whose gradient it passes on.
  const frozen = 3 * head(l.Na, dl, teacher.text.vocabularySize);
  return (3 * trained - constant + frozen) / 1e9;
}

/** Numbers in the matrices of one decoder block. */
function blockWeights({ hiddenSize, heads, kvHeads, headDim, intermediateSize }: TextConfig): number {
  return hiddenSize * (2 * heads * headDim + 2 * kvHeads * headDim + 3 * intermediateSize);
}

/** The student's encoder and connector, forward. */
function vision({ vision: v, text, connector }: VlmConfig, batch: number): number {
  const patches = (v.imageSize / v.patchSize) ** 2;
  const d = v.hiddenSize;
  const block = d * (4 * d + 2 * v.intermediateSize);
  const layers = v.layers * (2 * patches * block + 4 * patches * patches * d);
  // Pixel shuffle makes fewer tokens that are as much wider: the product stays patches·d·width.
  const bridge = text.hiddenSize * (connector === 'mlp' ? d + text.hiddenSize : d);
  return patchEmbedding({ vision: v }, batch) + batch * (layers + 2 * patches * bridge);
}

function patchEmbedding({ vision: v }: Pick<VlmConfig, 'vision'>, batch: number): number {
  return 2 * batch * v.imageSize ** 2 * 3 * v.hiddenSize;
}
