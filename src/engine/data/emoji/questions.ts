import type { PictureSplit } from '../../recipe/splits.ts';
import { Random } from '../../random.ts';
import { shareOf } from '../share-of.ts';
import { styleKeys, type Manifest } from './manifest.ts';
import { exampleKey, type Placement, type SceneExample } from './scene.ts';

export type QuestionType = SceneExample['type'];

export const phrasings: Record<Exclude<QuestionType, 'yes-no' | 'position'>, readonly string[]> = {
  name: ['What is this?', 'What is in the picture?', 'Name this.'],
  kind: ['What kind of thing is this?', 'Which kind is this?'],
  count: ['How many things are there?', 'Count the things.'],
  'odd-one-out': ['Which one is different?', 'Which one is the odd one out?'],
  caption: ['Describe the picture.', 'Which things are there?'],
};
export const yesNoPhrasings = ['Is this', 'Is it'] as const;
const numbers = ['One', 'Two', 'Three', 'Four'];
export const places = ['top left', 'top right', 'bottom left', 'bottom right'];

/** Plurals and names of stuff or games, which take no article. */
const withoutArticle = new Set(
  (
    'bread cheese meat corn rice noodles spaghetti sushi popcorn fries pancakes grapes cherries chocolate tea wine beer glasses sunglasses ' +
    'jeans scissors soccer baseball basketball football billiards lightning fire'
  ).split(' '),
);

/** “a dog”, “an apple”, “a unicorn”, “rice”. */
export function withArticle(name: string): string {
  if (withoutArticle.has(name)) return name;
  return `${/^[aeio]|^um/.test(name) ? 'an' : 'a'} ${name}`;
}

/** Share of concept pairs that never meet in a training scene. */
const heldOutPairShare = 0.15;

/** Whether two concepts are a held-out composition; symmetric, decided by their names alone. */
export function isHeldOutPair(a: string, b: string): boolean {
  return shareOf(a < b ? `${a}+${b}` : `${b}+${a}`) < heldOutPairShare;
}

/** Which drawings and pairs a generator may draw from. */
interface Pool {
  manifest: Manifest;
  /** Concepts that may be shown. */
  concepts: readonly number[];
  styles: readonly string[];
  pairs: 'trained' | 'held-out' | 'any';
}

/** The first `count` training examples of a seed; a longer list begins with the shorter one. */
export function trainingExamples(options: {
  manifest: Manifest;
  tasks: readonly QuestionType[];
  styles: readonly string[];
  seed: number;
  count: number;
}): SceneExample[] {
  const { manifest, tasks, styles, seed, count } = options;
  const concepts = conceptsOf(manifest, 'train');
  return generate(
    { manifest, concepts, styles, pairs: 'trained' },
    tasks,
    new Random(seed),
    count,
    `train-${seed}`,
  );
}

/** Seeds of the evaluation sets: part of the data set, never of a run. */
const evaluationSeeds: Record<PictureSplit, number> = {
  'seen-style': 70_001,
  'validation-style': 70_002,
  'held-out-style': 70_003,
  'held-out-concept': 70_004,
  'held-out-composition': 70_005,
};

/**
 * The fixed questions of a split, the given tasks in equal parts. No two are the same. Empty where a split has no such task:
 * `held-out-concept` asks for the kind only and yes/no, `held-out-composition` needs scenes.
 */
export function evaluationExamples(options: {
  manifest: Manifest;
  split: PictureSplit;
  tasks: readonly QuestionType[];
  count: number;
}): SceneExample[] {
  const { manifest, split, count } = options;
  const role =
    split === 'held-out-style' ? 'held-out' : split === 'validation-style' ? 'validation' : 'train';
  const tasks = options.tasks.filter((task) =>
    split === 'held-out-concept'
      ? task === 'kind' || task === 'yes-no'
      : split === 'held-out-composition'
        ? task === 'position' || task === 'caption'
        : true,
  );
  if (tasks.length === 0) return [];
  const pool: Pool = {
    manifest,
    concepts: conceptsOf(manifest, split === 'held-out-concept' ? 'held-out-concept' : 'train'),
    styles: styleKeys(manifest, role),
    pairs: split === 'held-out-composition' ? 'held-out' : 'any',
  };
  return generate(pool, tasks, new Random(evaluationSeeds[split]), count, split);
}

function conceptsOf(manifest: Manifest, split: 'train' | 'held-out-concept'): number[] {
  return manifest.concepts.flatMap((concept, i) => (concept.split === split ? [i] : []));
}

/** Tasks in turn; duplicates are drawn again, unless a small pool has run out of new ones. */
function generate(
  pool: Pool,
  tasks: readonly QuestionType[],
  random: Random,
  count: number,
  prefix: string,
): SceneExample[] {
  const seen = new Set<string>();
  const examples: SceneExample[] = [];
  // An evaluation set must not repeat questions; training may meet the same one again.
  const unique = !prefix.startsWith('train');
  let misses = 0;
  while (examples.length < count && misses < 2000) {
    const type = tasks[examples.length % tasks.length]!;
    const example: SceneExample = { id: `${prefix}-${examples.length}`, type, ...makers[type](pool, random) };
    const key = exampleKey(example);
    if (unique && seen.has(key)) {
      misses++;
      continue;
    }
    misses = 0;
    seen.add(key);
    examples.push(example);
  }
  return examples;
}

type Draft = Omit<SceneExample, 'id' | 'type'>;

const makers: Record<QuestionType, (pool: Pool, random: Random) => Draft> = {
  name: (pool, random) => {
    const placement = drawOne(pool, random);
    return single(placement, random.pick(phrasings.name), name(pool, placement));
  },
  kind: (pool, random) => {
    const placement = drawOne(pool, random);
    return single(placement, random.pick(phrasings.kind), pool.manifest.concepts[placement.concept]!.kind);
  },
  'yes-no': (pool, random) => {
    const placement = drawOne(pool, random);
    const shown = pool.manifest.concepts[placement.concept]!;
    const yes = random.next() < 0.5;
    const asked = yes
      ? shown
      : pool.manifest.concepts[
          drawUntil(pool.concepts, random, (i) => pool.manifest.concepts[i]!.subgroup !== shown.subgroup)
        ]!;
    return single(
      placement,
      `${random.pick(yesNoPhrasings)} ${withArticle(asked.name)}?`,
      yes ? 'yes' : 'no',
    );
  },
  count: (pool, random) => {
    const count = 1 + random.int(4);
    const cells = random.shuffle([0, 1, 2, 3]).slice(0, count);
    return scene(drawScene(pool, random, cells), random.pick(phrasings.count), numbers[count - 1]!);
  },
  position: (pool, random) => {
    const cells = random.shuffle([0, 1, 2, 3]).slice(0, 2);
    const placements = drawScene(pool, random, cells);
    return scene(placements, `What is at the ${places[cells[0]!]!}?`, name(pool, placements[0]!));
  },
  'odd-one-out': (pool, random) => {
    const same = drawOne(pool, random);
    const odd = drawUntil(
      pool.concepts,
      random,
      (i) =>
        pool.manifest.concepts[i]!.kind !== pool.manifest.concepts[same.concept]!.kind &&
        pairAllowed(pool, i, same.concept) &&
        hasDrawing(pool.manifest, i, same.style),
    );
    const at = random.int(4);
    const placements = [0, 1, 2, 3].map((cell) => ({
      concept: cell === at ? odd : same.concept,
      style: same.style,
      cell,
    }));
    return scene(placements, random.pick(phrasings['odd-one-out']), pool.manifest.concepts[odd]!.name);
  },
  caption: (pool, random) => {
    const cells = random
      .shuffle([0, 1, 2, 3])
      .slice(0, 2)
      .sort((a, b) => a - b);
    const placements = drawScene(pool, random, cells);
    return scene(
      placements,
      random.pick(phrasings.caption),
      placements.map((placement) => name(pool, placement)).join(' and '),
    );
  },
};

function single(placement: Placement, question: string, answer: string): Draft {
  return { grid: 1, placements: [placement], question, answer: sentence(answer) };
}

function scene(placements: Placement[], question: string, answer: string): Draft {
  return { grid: 2, placements, question, answer: sentence(answer) };
}

/** Answers open with the informative word: the first token must carry the picture (see the design of the method). */
function sentence(words: string): string {
  return `${words[0]!.toUpperCase()}${words.slice(1)}.`;
}

function name(pool: Pool, placement: Placement): string {
  return pool.manifest.concepts[placement.concept]!.name;
}

function drawOne(pool: Pool, random: Random): Placement {
  const concept = drawUntil(pool.concepts, random, (i) =>
    pool.styles.some((style) => hasDrawing(pool.manifest, i, style)),
  );
  return { concept, style: drawStyle(pool, random, concept), cell: 0 };
}

function drawStyle(pool: Pool, random: Random, concept: number): string {
  return random.pick(pool.styles.filter((style) => hasDrawing(pool.manifest, concept, style)));
}

/** Different concepts, all pairs of which the pool allows, one per cell. */
function drawScene(pool: Pool, random: Random, cells: readonly number[]): Placement[] {
  for (;;) {
    const chosen: number[] = [];
    for (let tries = 0; chosen.length < cells.length && tries < 200; tries++) {
      const next = drawOne(pool, random).concept;
      if (!chosen.includes(next) && chosen.every((other) => pairAllowed(pool, next, other)))
        chosen.push(next);
    }
    if (chosen.length === cells.length)
      return chosen.map((concept, i) => ({
        concept,
        style: drawStyle(pool, random, concept),
        cell: cells[i]!,
      }));
  }
}

function pairAllowed(pool: Pool, a: number, b: number): boolean {
  if (pool.pairs === 'any') return true;
  const { concepts } = pool.manifest;
  return isHeldOutPair(concepts[a]!.name, concepts[b]!.name) === (pool.pairs === 'held-out');
}

function hasDrawing(manifest: Manifest, concept: number, style: string): boolean {
  return manifest.styles.find(({ key }) => key === style)!.cells[concept]! >= 0;
}

function drawUntil(items: readonly number[], random: Random, fits: (item: number) => boolean): number {
  for (;;) {
    const item = random.pick(items);
    if (fits(item)) return item;
  }
}
