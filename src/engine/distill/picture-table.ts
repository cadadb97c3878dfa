import type { Sheets } from '../data/pictures.ts';
import type { Example } from '../data/questions.ts';
import { pixelsFor } from '../evaluate/answer.ts';
import { part, type Memory } from '../fused/memory.ts';
import type { View } from '../fused/plan.ts';
import { toPatches } from '../nn/patches.ts';
import type { LoadedModel } from '../session.ts';

/**
 * The patches of a run's pictures on the GPU, each once, as one model's preprocessor makes them. Where they would take more than the
 * budget, only a batch's pictures are there, uploaded with every step.
 */
export class PictureTable {
  /** Numbers per picture, P·3·p². */
  readonly words: number;
  readonly view: View;
  /** Pictures that have a slot of their own; 0 = uploaded batch by batch. */
  readonly slots: number;
  private readonly slotOf: number[] = [];

  constructor(
    memory: Memory,
    model: LoadedModel,
    examples: readonly Example[],
    sheets: Sheets,
    batch: number,
    budgetBytes: number,
  ) {
    const { imageSize } = model.config.vision;
    this.words = 3 * imageSize * imageSize;
    const known = new Map<string, number>();
    const first: Example[] = [];
    for (const example of examples) {
      const key = JSON.stringify([example.grid, example.placements]);
      if (!known.has(key)) {
        known.set(key, first.length);
        first.push(example);
      }
      this.slotOf.push(known.get(key)!);
    }
    const fits = first.length * this.words * 4 <= budgetBytes;
    this.slots = fits ? first.length : 0;
    this.view = memory.allocate((fits ? first.length : batch) * this.words, 'pictures');
    const write = (slot: number, example: Example) =>
      memory.upload(
        part(this.view, slot * this.words, this.words),
        patchesOf(model, example, sheets, this.words),
      );
    if (fits && !memory.dry) first.forEach((example, slot) => write(slot, example));
    this.uploadBatch = fits
      ? () => undefined
      : (indices) => indices.forEach((i, b) => write(b, examples[i]!));
  }

  /** Brings a batch's pictures to the GPU where they are not there already. */
  readonly uploadBatch: (indices: readonly number[]) => void;

  slotsFor(indices: readonly number[]): number[] {
    return indices.map((i, b) => (this.slots > 0 ? this.slotOf[i]! : b));
  }
}

function patchesOf(
  model: LoadedModel,
  example: Example,
  sheets: Sheets,
  words: number,
): Float32Array<ArrayBuffer> {
  const { imageSize, patchSize } = model.config.vision;
  const patches = new Float32Array(words);
  toPatches(pixelsFor(model, example, sheets), imageSize, patchSize, patches, 0);
  return patches;
}
