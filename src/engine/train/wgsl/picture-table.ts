import type { Dataset } from '../../data/dataset.ts';
import type { Example } from '../../data/example.ts';
import { modelPatches, patchWords, type PictureReader } from '../../data/preprocess.ts';
import { part, type Memory } from '../../wgsl/core/memory.ts';
import type { View } from '../../wgsl/core/view.ts';

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
  /** Different pictures by their keys, and which of them every example shows. */
  private readonly pictures: readonly string[];
  private readonly pictureOf: readonly number[];
  /** Which picture lies in every slot of a table that holds one batch. */
  private readonly held: (number | undefined)[] = [];

  constructor(
    private readonly memory: Memory,
    private readonly model: PictureReader,
    examples: readonly Example[],
    private readonly data: Pick<Dataset, 'pixels'>,
    batch: number,
    budgetBytes: number,
  ) {
    this.words = patchWords(model);
    this.pictures = [...new Set(examples.map(({ picture }) => picture))];
    const indexOf = new Map(this.pictures.map((picture, i) => [picture, i]));
    this.pictureOf = examples.map(({ picture }) => indexOf.get(picture)!);
    const count = this.pictures.length;
    const fits = count * this.words * 4 <= budgetBytes;
    this.slots = fits ? count : 0;
    this.view = memory.allocate((fits ? count : batch) * this.words, 'pictures');
    if (fits && !memory.dry) this.pictures.forEach((_, i) => this.write(i, i));
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
      if (this.held[b] !== picture) this.write(b, picture);
      this.held[b] = picture;
    });
  }

  private write(slot: number, picture: number): void {
    const { words, memory, model, data } = this;
    const patches = modelPatches(model, [data.pixels(this.pictures[picture]!)]);
    memory.upload(part(this.view, slot * words, words), patches);
  }
}
