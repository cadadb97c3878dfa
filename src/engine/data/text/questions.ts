import { Random } from '../../random.ts';
import type { TextQuestionType } from '../../recipe/splits.ts';
import type { TextSplit } from '../../recipe/splits.ts';
import type { Example } from '../example.ts';
import { shareOf } from '../share-of.ts';
import type { Words } from './words.ts';

/** Shares of the facts that never stand in a training question: of the things, of the lists of things, of the pairs of numbers. */
const heldOutShare = 0.15;
const validationShare = 0.1;

const splitSeeds: Record<TextSplit, number> = {
  'seen-text': 71_001,
  'validation-text': 71_002,
  'held-out-text': 71_003,
};

const ones =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = ['twenty', 'thirty'];

/** 0–39 as people write it. */
export function inWords(number: number): string {
  if (number < 20) return ones[number]!;
  const ten = tens[Math.floor(number / 10) - 2]!;
  return number % 10 === 0 ? ten : `${ten}-${ones[number % 10]!}`;
}

/** Numbers that are compared, 1 to this. */
export const largestNumber = 39;
/** Things in a list. */
const listLength = 3;

type Word = Words['words'][number];
type Kind = Words['kinds'][number];

/** A question before it has an id. `fact` is what it asks about, however it is worded: facts are held out, never wordings. */
interface Draft {
  fact: string;
  question: string;
  answer: string;
}

/** The split whose questions alone may ask about a fact. */
export function splitOf(fact: string): TextSplit {
  const share = shareOf(fact);
  if (share < heldOutShare) return 'held-out-text';
  return share < heldOutShare + validationShare ? 'validation-text' : 'seen-text';
}

/** The first `count` training examples of a seed; a longer list begins with the shorter one. */
export function trainingQuestions(options: {
  words: Words;
  tasks: readonly TextQuestionType[];
  seed: number;
  count: number;
}): Example[] {
  const { words, tasks, seed, count } = options;
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const type = tasks[i % tasks.length]!;
    return { id: `train-${seed}-${i}`, type, ...written(draftIn('seen-text', type, words, random)) };
  });
}

/** The fixed questions of a split, the given tasks in turn, no two the same; fewer where a task has no more. */
export function evaluationQuestions(options: {
  words: Words;
  split: TextSplit;
  tasks: readonly TextQuestionType[];
  count: number;
}): Example[] {
  const { words, split, tasks, count } = options;
  const random = new Random(splitSeeds[split]);
  const asked = new Set<string>();
  const examples: Example[] = [];
  for (let misses = 0; examples.length < count && misses < 2000 && tasks.length > 0;) {
    const type = tasks[examples.length % tasks.length]!;
    const draft = draftIn(split, type, words, random);
    if (asked.has(draft.question)) {
      misses++;
      continue;
    }
    misses = 0;
    asked.add(draft.question);
    examples.push({ id: `${split}-${examples.length}`, type, ...written(draft) });
  }
  return examples;
}

/** Training questions as they are asked, word for word: all of those that can be listed, and some of those about lists of things. */
export function questionForms(words: Words, tasks: readonly TextQuestionType[]): string[] {
  // Thousands of yes/no questions would hide the others.
  const ordered = [...tasks].sort((a, b) => Number(a === 'yes-no') - Number(b === 'yes-no'));
  return ordered.flatMap((task) =>
    (listed[task]?.(words) ?? trainingQuestions({ words, tasks: [task], seed: 0, count: 24 })).map(
      ({ question }) => question,
    ),
  );
}

function written({ question, answer }: Draft): Pick<Example, 'question' | 'answer'> {
  return { question, answer: `${answer[0]!.toUpperCase()}${answer.slice(1)}.` };
}

function draftIn(split: TextSplit, type: TextQuestionType, words: Words, random: Random): Draft {
  for (;;) {
    const draft = makers[type](words, random);
    if (splitOf(draft.fact) === split) return draft;
  }
}

const numbers = Array.from({ length: largestNumber }, (_, i) => i + 1);

const makers: Record<TextQuestionType, (words: Words, random: Random) => Draft> = {
  kind: ({ words }, random) => random.pick(kindDrafts(random.pick(words))),
  'yes-no': ({ words, kinds }, random) => {
    const word = random.pick(words);
    const yes = random.next() < 0.5;
    const asked = random.pick(kinds.filter(({ name }) => (name === word.kind) === yes));
    return yesNoDraft(word, asked);
  },
  'odd-one-out': ({ words, kinds }, random) => {
    const kind = random.pick(kinds.filter(({ name }) => ofKind(words, name).length >= listLength));
    const odd = random.pick(words.filter((word) => word.kind !== kind.name));
    const list = random.shuffle([odd, ...drawSome(ofKind(words, kind.name), listLength - 1, random)]);
    const opening = random.pick(['Which is the odd one out', 'Which one is different']);
    return { fact: listFact('odd', list), question: `${opening}: ${named(list)}?`, answer: odd.name };
  },
  which: ({ words, kinds }, random) => {
    const kind = random.pick(kinds);
    const right = random.pick(ofKind(words, kind.name));
    const others = words.filter((word) => word.kind !== kind.name);
    const list = random.shuffle([right, ...drawSome(others, listLength - 1, random)]);
    const opening = random.pick(['Which is', 'Name']);
    const question =
      opening === 'Name' ? `Name ${kind.one}: ${named(list)}.` : `Which is ${kind.one}: ${named(list)}?`;
    return { fact: listFact(kind.name, list), question, answer: right.name };
  },
  count: ({ words, kinds }, random) => {
    const kind = random.pick(kinds);
    const right = drawSome(ofKind(words, kind.name), random.int(listLength + 1), random);
    const others = words.filter((word) => word.kind !== kind.name);
    const list = random.shuffle([...right, ...drawSome(others, listLength - right.length, random)]);
    const opening = random.pick(['How many are', 'Count the']);
    const question =
      opening === 'Count the'
        ? `Count the ${kind.many}: ${named(list)}.`
        : `How many are ${kind.many}: ${named(list)}?`;
    return { fact: listFact(`${kind.name} of`, list), question, answer: inWords(right.length) };
  },
  larger: (_, random) => {
    const [a, b] = drawSome(numbers, 2, random) as [number, number];
    return random.pick(largerDrafts(a, b));
  },
};

/** Tasks whose questions are few enough to list those that may be trained on. */
const listed: Partial<Record<TextQuestionType, (words: Words) => Draft[]>> = {
  kind: ({ words }) => trained(words.flatMap(kindDrafts)),
  'yes-no': ({ words, kinds }) =>
    trained(words.flatMap((word) => kinds.map((kind) => yesNoDraft(word, kind)))),
  larger: () => trained(numbers.flatMap((a) => numbers.flatMap((b) => (a === b ? [] : largerDrafts(a, b))))),
};

function trained(drafts: readonly Draft[]): Draft[] {
  return drafts.filter(({ fact }) => splitOf(fact) === 'seen-text');
}

function kindDrafts({ name, one, kind }: Word): Draft[] {
  return [
    `What kind of thing is ${one}?`,
    `Which kind is ${one}?`,
    `What is ${one}?`,
    `Of which kind is ${one}?`,
  ].map((question) => ({
    fact: `kind: ${name}`,
    question,
    answer: kind,
  }));
}

function yesNoDraft(word: Word, asked: Kind): Draft {
  return {
    fact: `yes-no: ${word.name} ${asked.name}`,
    question: `Is ${word.one} ${asked.one}?`,
    answer: word.kind === asked.name ? 'yes' : 'no',
  };
}

function largerDrafts(a: number, b: number): Draft[] {
  const both = `${inWords(a)} or ${inWords(b)}`;
  return [`Which is more: ${both}?`, `Which number is larger: ${both}?`].map((question) => ({
    fact: `larger: ${Math.min(a, b)} ${Math.max(a, b)}`,
    question,
    answer: inWords(Math.max(a, b)),
  }));
}

/** The same things in another order are the same fact. */
function listFact(asked: string, list: readonly Word[]): string {
  const names = list.map(({ name }) => name).sort();
  return `${asked}: ${names.join(' ')}`;
}

function named(list: readonly Word[]): string {
  return list.map(({ name }) => name).join(', ');
}

function ofKind(words: readonly Word[], kind: string): Word[] {
  return words.filter((word) => word.kind === kind);
}

function drawSome<T>(items: readonly T[], count: number, random: Random): T[] {
  return random.shuffle([...items]).slice(0, count);
}
