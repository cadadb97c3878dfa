import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { withArticle } from '../../src/engine/data/emoji/questions.ts';
import type { Words } from '../../src/engine/data/text/words.ts';
import { pickConcepts } from './concepts.ts';

/** Builds public/data/text.json: one-word things and their kinds, of which the questions without pictures are made. Needs no drawings. */
const wordsPerKind = 12;

const kinds = [
  ['animal', 'an animal', 'animals'],
  ['plant', 'a plant', 'plants'],
  ['vegetable', 'a vegetable', 'vegetables'],
  ['fruit', 'a fruit', 'fruits'],
  ['food', 'food', 'food'],
  ['tool', 'a tool', 'tools'],
  ['building', 'a building', 'buildings'],
  ['vehicle', 'a vehicle', 'vehicles'],
  ['device', 'a device', 'devices'],
  ['weather', 'weather', 'weather'],
  ['clothing', 'clothing', 'clothing'],
  ['sport', 'a sport', 'sports'],
  ['instrument', 'an instrument', 'instruments'],
  ['furniture', 'furniture', 'furniture'],
] as const;

/** Further words without an article: `withArticle` knows those that have drawings. */
const withoutArticle = new Set(
  'chopsticks broccoli garlic goggles gloves socks softball lacrosse maracas'.split(' '),
);
/** Labels whose kind a person would not guess. */
const unfit = new Set(
  'feather wing dodo microbe dna brick rock wood bubbles mate die fire abacus wheel parachute billiards elevator razor jar salt'.split(
    ' ',
  ),
);

const all = pickConcepts({ everywhere: () => true, inTraining: () => true });
const words = kinds.flatMap(([kind]) =>
  all
    .filter((concept) => concept.tier === 'core' && concept.kind === kind && !unfit.has(concept.name))
    .slice(0, wordsPerKind)
    .map(({ name }) => ({ name, one: withoutArticle.has(name) ? name : withArticle(name), kind })),
);
const body: Omit<Words, 'hash'> = {
  version: 1,
  kinds: kinds.map(([name, one, many]) => ({ name, one, many })),
  words,
};
const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
await writeFile('public/data/text.json', `${JSON.stringify({ ...body, hash })}\n`);
console.log(`${words.length} words of ${kinds.length} kinds; ${hash}`);
