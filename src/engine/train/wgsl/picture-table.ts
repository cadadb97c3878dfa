import type { Sheets } from '../../data/emoji/pictures.ts';
import type { Example } from '../../data/emoji/questions.ts';
import { pixelsFor } from '../../tfjs/answer.ts';
import { part, type Memory } from '../../wgsl/core/memory.ts';
import type { View } from '../../wgsl/core/view.ts';
import { toPatches } from '../../data/patches.ts';
import type { LoadedModel } from '../../session.ts';

/**
 * The patches of a run's pictures on the GPU, each once, as one model's preprocessor makes them. Where they would take more than the
 * budget, only a batch's pictures are there: whoever reads them places them first, because others may have placed theirs since.
 */
export class PictureTable {
  /** Numbers per picture, P·3·p². */
  readonly words: number;
  readonly view: View;
  /** Pictures that have a slot of their own; 0 = uploaded batch by batch. */
  readonly slots: number;
  /** Which picture every example shows. */
  private readonly pictureOf: number[] = [];
  /** Which picture lies in every slot of a table that holds one batch. */
  private readonly held: (number | undefined)[] = [];

  constructor(
    private readonly memory: Memory,
    private readonly model: LoadedModel,
    private readonly examples: readonly Example[],
    private readonly sheets: Sheets,
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
      this.pictureOf.push(known.get(key)!);
    }
    const fits = first.length * this.words * 4 <= budgetBytes;
    this.slots = fits ? first.length : 0;
    this.view = memory.allocate((fits ? first.length : batch) * this.words, 'pictures');
    if (fits && !memory.dry) first.forEach((example, slot) => this.write(slot, example));
  }

  /** Where a batch's pictures lie once they are placed. */
  slotsFor(indices: readonly number[]): number[] {
    return indices.map((index, b) => (this.slots > 0 ? this.pictureOf[index]! : b));
  }

  /** Brings a batch's pictures to the GPU where they are not there already; to be called before whatever reads them is submitted. */
  place(indices: readonly number[]): void {
    if (this.slots > 0) return;
    indices.forEach((index, b) => {
      const picture = this.pictureOf[index]!;
      if (this.held[b] !== picture) this.write(b, this.examples[index]!);
      this.held[b] = picture;
    });
  }

  private write(slot: number, example: Example): void {
    const { words, memory, model, sheets } = this;
    memory.upload(part(this.view, slot * words, words), patchesOf(model, example, sheets, words));
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
