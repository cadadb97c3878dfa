import { z } from 'zod';
import { questionTypes } from '../../recipe/splits.ts';
import type { Example } from '../example.ts';

/** One drawing in a scene. */
export interface Placement {
  /** Index into the manifest's concepts. */
  concept: number;
  style: string;
  /** Position on the grid×grid canvas, row by row. */
  cell: number;
}

/** What a picture shows: drawings on a white canvas, one alone or up to four in quadrants. */
export interface Scene {
  grid: 1 | 2;
  placements: Placement[];
  /** Seed of the view in which the drawings are shown; as drawn where there is none. */
  view?: number;
}

/** A question about a scene, as pretraining and its fixtures hold it too. */
export const sceneExampleSchema = z.strictObject({
  id: z.string(),
  type: z.enum(questionTypes),
  grid: z.union([z.literal(1), z.literal(2)]),
  placements: z.array(z.strictObject({ concept: z.int(), style: z.string(), cell: z.int() })),
  question: z.string(),
  answer: z.string(),
});
export type SceneExample = z.output<typeof sceneExampleSchema>;

/** The example as every data set gives it: the key of its picture spells the scene, and the view where it is not as drawn. */
export function toExample(
  { id, type, question, answer, grid, placements }: SceneExample,
  view?: number,
): Example & { picture: string } {
  const shown = view === undefined ? '' : `~${view}`;
  return { id, type, picture: `${grid}:${spell(placements)}${shown}`, question, answer };
}

/** The scene that a picture's key spells. @throws RangeError where it spells none. */
export function sceneOf(picture: string): Scene {
  const [, digit, drawings, view] = /^([12]):([^~]+)(?:~(\d+))?$/.exec(picture) ?? [];
  if (drawings === undefined) throw notAKey(picture);
  return {
    grid: digit === '1' ? 1 : 2,
    ...(view !== undefined && { view: Number(view) }),
    placements: drawings.split('+').map((drawing) => {
      const [, concept, style, cell] = /^(\d+)\/(.+)@(\d)$/.exec(drawing) ?? [];
      if (style === undefined) throw notAKey(picture);
      return { concept: Number(concept), style, cell: Number(cell) };
    }),
  };
}

/** What identifies an example for leak checks: its drawings and their cells, the question and the answer. */
export function exampleKey({
  placements,
  question,
  answer,
}: Pick<SceneExample, 'placements' | 'question' | 'answer'>): string {
  return `${spell(placements)}|${question}|${answer}`;
}

/** What identifies the question: `exampleKey` without an answer. The grid adds nothing, for every question is of one. */
export function promptKey({ picture, question }: Example): string {
  return `${picture!.slice(2)}|${question}|`;
}

function spell(placements: readonly Placement[]): string {
  return placements.map(({ concept, style, cell }) => `${concept}/${style}@${cell}`).join('+');
}

function notAKey(picture: string): RangeError {
  return new RangeError(`“${picture}” is no picture of the data set`);
}
