import type { Binding } from '../core/elements.ts';
import type { Parameters } from '../core/parameters.ts';
import type { Plan } from '../core/plan.ts';
import type { View } from '../core/view.ts';
import type { LossRows } from './losses.ts';
import type { Memory } from '../core/memory.ts';

/** How many numbers `hyperNumbers` are. */
export const hyperWords = 6;
/** Numbers per step in the metrics buffer. */
export const metricWords = 8;

export interface AdamWOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** 0 = off. */
  clipNorm: number;
}

/**
 * What an update reads of a student's optimiser beside the constants of its kernels, so that students of one list may differ in it:
 * [rate, 1/(1−β1ᵗ), 1/√(1−β2ᵗ), metrics slot, weight decay, clip norm].
 * @param count t, 1 at the first update of a stage
 * @param slot where the step's metrics go
 */
export function hyperNumbers(
  { beta1, beta2, weightDecay, clipNorm }: AdamWOptions,
  { learningRate, count, slot }: { learningRate: number; count: number; slot: number },
): number[] {
  return [
    learningRate,
    1 / (1 - beta1 ** count),
    1 / Math.sqrt(1 - beta2 ** count),
    slot,
    weightDecay,
    clipNorm,
  ];
}

/**
 * AdamW with global-norm clipping over one range of a parameter store (Loshchilov & Hutter 2019), in three dispatches: partial sums of
 * squares, their total with the step's metrics, the update.
 * @param hyper `hyperNumbers` of every student
 */
export function adamW(
  plan: Plan,
  memory: Memory,
  parameters: Parameters,
  range: { from: number; length: number },
  options: Pick<AdamWOptions, 'beta1' | 'beta2' | 'epsilon'>,
  hyper: View,
  metrics: View,
  losses: readonly LossRows[],
): void {
  const { from, length } = range;
  const { beta1, beta2, epsilon } = options;
  /** WGSL for the place of a vec4 of the range in the buffers. */
  const locate = (index: string) =>
    `let block = 2 * (${index} / 16 + ${from / 64}); let at = load_blocks(block) + ${index} % 16;`;
  const blocks: Binding = { name: 'blocks', view: parameters.blocks!, type: 'i32' };
  const chunk = Math.max(64, Math.ceil(length / 4096 / 4) * 4);
  const chunks = Math.ceil(length / chunk);
  const partial = memory.allocate(chunks);
  const scale = memory.allocate(4);
  plan.add({
    label: 'gradient norm',
    bindings: [
      { name: 'gradients', view: parameters.gradients!, type: 'vec4<f32>' },
      blocks,
      { name: 'partial', view: partial, write: true },
    ],
    threads: chunks,
    code: `
      if (index >= ${chunks}) { return; }
      var sum = 0.0;
      for (var i = index * ${chunk / 4}; i < min((index + 1) * ${chunk / 4}, ${length / 4}); i++) {
        ${locate('i')}
        sum += dot(load_gradients(at), load_gradients(at));
      }
      store_partial(index, sum);
    `,
  });
  const sources = [...new Map(losses.map((loss) => [loss.view.buffer, loss.view])).values()];
  plan.add({
    label: 'metrics',
    bindings: [
      { name: 'partial', view: partial },
      { name: 'hyper', view: hyper },
      ...sources.map((view, i) => ({ name: `losses${i}`, view })),
      { name: 'scale', view: scale, write: true },
      { name: 'metrics', view: metrics, write: true },
    ],
    threads: losses.length + 1,
    groupSize: 16,
    code: `
      let slot = i32(load_hyper(3)) * ${metricWords};
      ${losses
        .map(({ view, from: start, rows }, i) => {
          const source = sources.findIndex(({ buffer }) => buffer === view.buffer);
          return `if (index == ${i}) {
            var sum = 0.0;
            for (var r = 0; r < ${rows}; r++) { sum += load_losses${source}(${start} + r); }
            store_metrics(slot + ${i}, sum);
          }`;
        })
        .join('\n')}
      if (index == ${losses.length}) {
        var squares = vec4<f32>(0.0);
        for (var i = 0; i < ${Math.floor(chunks / 4)}; i++) {
          squares += vec4<f32>(load_partial(4 * i), load_partial(4 * i + 1), load_partial(4 * i + 2), load_partial(4 * i + 3));
        }
        var sum = squares.x + squares.y + squares.z + squares.w;
        for (var i = ${Math.floor(chunks / 4) * 4}; i < ${chunks}; i++) { sum += load_partial(i); }
        let norm = sqrt(sum);
        store_metrics(slot + ${metricWords - 1}, norm);
        let clip = load_hyper(5);
        store_scale(0, select(1.0, clip / max(norm, clip), clip > 0.0));
      }
    `,
  });
  plan.add({
    label: 'AdamW',
    bindings: [
      { name: 'gradients', view: parameters.gradients!, type: 'vec4<f32>' },
      { name: 'hyper', view: hyper },
      { name: 'scale', view: scale },
      blocks,
      { name: 'first', view: parameters.first!, type: 'vec4<f32>', write: true },
      { name: 'second', view: parameters.second!, type: 'vec4<f32>', write: true },
      { name: 'weights', view: parameters.weights, type: 'vec4<f32>', write: true },
    ],
    threads: length / 4,
    operations: length * 16,
    code: `
      if (index >= ${length / 4}) { return; }
      ${locate('index')}
      let gradient = load_gradients(at) * load_scale(0);
      let m = load_first(at) * ${beta1} + gradient * ${1 - beta1};
      let v = load_second(at) * ${beta2} + gradient * gradient * ${1 - beta2};
      store_first(at, m);
      store_second(at, v);
      let step = m / (sqrt(v) * load_hyper(2) + ${epsilon.toExponential()});
      let decay = select(0.0, load_hyper(0) * load_hyper(4), load_blocks(block + 1) == 1);
      store_weights(at, load_weights(at) * (1.0 - decay) - step * (load_hyper(0) * load_hyper(1)));
    `,
  });
}
