import { z } from 'zod';
import { parsed } from '../../what-is-wrong.ts';

const wordsSchema = z
  .strictObject({
    version: z.literal(1),
    kinds: z.array(
      z.strictObject({
        name: z.string(),
        /** “an animal”, “furniture” */
        one: z.string(),
        /** “animals”, “furniture” */
        many: z.string(),
      }),
    ),
    words: z.array(
      z.strictObject({
        /** Lower case, one word. */
        name: z.string(),
        /** “a dog”, “rice” */
        one: z.string(),
        kind: z.string(),
      }),
    ),
    /** SHA-256 over the rest, by scripts/data/text.ts. */
    hash: z.string(),
  })
  .refine(({ kinds, words }) => words.every(({ kind }) => kinds.some(({ name }) => name === kind)), {
    error: 'a word is of a kind that is not listed',
  });

/** Things and their kinds, of which the text data set makes its questions. */
export type Words = z.output<typeof wordsSchema>;

/** @throws EngineError `data-invalid` */
export function parseWords(json: unknown): Words {
  return parsed(wordsSchema, json, {
    code: 'data-invalid',
    what: 'The words of the text data set are',
    action: 'Build them again with `npm run data:text`.',
  });
}
