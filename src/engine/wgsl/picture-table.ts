import type { Dataset } from '../data/dataset.ts';
import type { Example } from '../data/example.ts';
import { modelPatches, patchWords, type PictureReader } from '../data/preprocess.ts';
import { part, type Memory } from './core/memory.ts';
import type { View } from './core/view.ts';

/**
 * The patches of pictures on the GPU, each once, as one model's preprocessor makes them. Where they would take more than the
 * budget, only the pictures of a step's batches are there: whoever reads them places them first.
 */
export class PictureTable {
  /** Numbers per picture, P·3·p². */
  readonly words: number;
  readonly view: View;
  /** Pictures that have a slot of their own; 0 = uploaded batch by batch. */
  readonly slots: number;
  /** Different pictures by their keys, and which of them every example shows. */
  private readonly pictures: readonly (string | undefined)[];
  private readonly pictureOf: readonly number[];
  /** The first example that shows a picture. */
  private readonly firstOf = new Map<string | undefined, number>();
  /** Which picture lies in every slot of a table that holds batches. */
  private readonly held: (number | undefined)[] = [];

  constructor(
    private readonly memory: Memory,
    private readonly model: PictureReader,
    examples: readonly Example[],
    private readonly data: Pick<Dataset, 'pictures'>,
    /** Batches of a step, and pictures in each. */
    private readonly batches: { count: number; size: number },
    budgetBytes: number,
  ) {
    this.words = patchWords(model);
    this.pictures = [...new Set(examples.map(({ picture }) => picture))];
    const indexOf = new Map(this.pictures.map((picture, i) => [picture, i]));
    this.pictureOf = examples.map(({ picture }) => indexOf.get(picture)!);
    examples.forEach(({ picture }, i) => {
      if (!this.firstOf.has(picture)) this.firstOf.set(picture, i);
    });
    const count = this.pictures.length;
    const fits = count * this.words * 4 <= budgetBytes;
    this.slots = fits ? count : 0;
    this.view = memory.allocate((fits ? count : batches.count * batches.size) * this.words, 'pictures');
    if (fits && !memory.dry) this.pictures.forEach((_, i) => this.write(i, i));
  }

  /** An example of the table for each of these that shows the same picture. @throws Error for a picture that is not in the table. */
  indicesOf(examples: readonly Example[]): number[] {
    return examples.map(({ picture }) => {
      const index = this.firstOf.get(picture);
      if (index === undefined)
        throw new Error(`“${String(picture)}” is not among the pictures that may be shown`);
      return index;
    });
  }

  /** Where the pictures of a step's batch number `row` lie once they are placed. */
  slotsFor(row: number, indices: readonly number[]): number[] {
    const first = row * this.batches.size;
    return indices.map((index, b) => (this.slots > 0 ? this.pictureOf[index]! : first + b));
  }

  /** Brings a batch's pictures to the GPU where they are not there already; to be called before whatever reads them is submitted. */
  place(row: number, indices: readonly number[]): void {
    if (this.slots > 0) return;
    this.slotsFor(row, indices).forEach((slot, b) => {
      const picture = this.pictureOf[indices[b]!]!;
      if (this.held[slot] !== picture) this.write(slot, picture);
      this.held[slot] = picture;
    });
  }

  private write(slot: number, picture: number): void {
    const { words, memory, model, data } = this;
    const patches = modelPatches(model, [data.pictures!.pixels(this.pictures[picture]!)]);
    memory.upload(part(this.view, slot * words, words), patches);
  }
}
