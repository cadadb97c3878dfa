/** A word of the field and what it means, for somebody who has never read the paper. */
export interface Entry {
  /** The ways in which it is written on the page; capitals count. */
  words: readonly [string, ...string[]];
  /** One or two plain sentences. */
  text: string;
}

export const glossary: readonly Entry[] = [
  {
    words: ['L_main'],
    text: 'The loss by which the student learns from the teacher: what the teacher’s head makes of the recalibrated features, compared with the right answer (CE) and with the teacher itself (KL).',
  },
  {
    words: ['L_reg'],
    text: 'The same comparison with the teacher’s own question in place of the student’s. It keeps the Recalibrator close to the teacher’s features.',
  },
  {
    words: ['L_sft'],
    text: 'The student’s own cross-entropy: how surprised it is, token by token, by the answer that it should give.',
  },
  {
    words: ['CE', 'cross-entropy'],
    text: 'Cross-entropy: minus the logarithm of the probability given to the right token, on average. 0 would be certain and right.',
  },
  {
    words: ['KL'],
    text: 'Kullback–Leibler divergence: how far one model’s probabilities are from another’s. 0 means that they are the same.',
  },
  {
    words: ['nats'],
    text: 'The unit of these losses, from the natural logarithm. One nat less means that the right token became 2.7 times as probable.',
  },
  {
    words: ['exact match', 'Exact match'],
    text: 'The share of answers that are the right answer word for word; capitals, white space and the final stop do not count.',
  },
  {
    words: ['perplexity', 'Perplexity'],
    text: 'Among how many equally likely tokens a model seems to choose, on average, where the true answer stands. 1 would be certain and right.',
  },
  {
    words: ['image tokens'],
    text: 'In how many pieces the language model reads one picture. Each is a vector that stands among the words.',
  },
  {
    words: ['Held-out', 'held-out'],
    text: 'Kept away from training: these drawings are only ever used to measure, so a right answer is not one learned by heart.',
  },
  {
    words: ['Validation'],
    text: 'Drawings kept for choosing settings: not trained on, and not the ones that the result is measured on.',
  },
  {
    words: ['SFT'],
    text: 'Supervised fine-tuning: the student learns from the same questions and answers by its own cross-entropy alone, without the teacher’s features.',
  },
  {
    words: ['GenRecal'],
    text: 'The method of this page: a small network, the Recalibrator, translates the student’s features into the teacher’s, and the student learns through it.',
  },
  {
    words: ['Recalibrator'],
    text: 'A small network between the two models. It turns the student’s question and the teacher’s answer into features that the teacher’s own head can read; afterwards it is thrown away.',
  },
  {
    words: ['z_qs'],
    text: 'What the student makes of picture and question: the features of its question positions. Through them the teacher’s lesson reaches the student.',
  },
  { words: ['z_al'], text: 'What the teacher makes of the answer: the features of its answer positions.' },
  {
    words: ['z_s'],
    text: 'The student’s features: one vector for each of its tokens, before its head.',
  },
  {
    words: ['z_l'],
    text: 'The teacher’s features: one vector for each of its tokens, before its head. The teacher never changes.',
  },
  {
    words: ['r_s'],
    text: 'The student’s question after the Recalibrator: features in the teacher’s space.',
  },
  {
    words: ['r_l'],
    text: 'The answer positions after the Recalibrator: features in the teacher’s space, which the teacher’s head reads.',
  },
  {
    words: ['before clipping'],
    text: 'The length of all gradients together. A longer one than the clip norm is shortened to it before the weights change.',
  },
  {
    words: ['LoRA'],
    text: 'Low-rank adaptation: the weights stay as they are, and beside them two small matrices are trained whose product is added to what they compute. A student then needs far less memory, and what it has learned is a small file.',
  },
  {
    words: ['AdamW'],
    text: 'The rule by which weights follow their gradients: each at a pace of its own, with a little decay.',
  },
  {
    words: ['clip norm'],
    text: 'The longest gradient that is taken as it is; a longer one is shortened to this length.',
  },
  {
    words: ['Learning rate', 'learning rate'],
    text: 'How far one update moves the weights. Too small learns nothing in time, too large unlearns.',
  },
  {
    words: ['vocabulary'],
    text: 'The tokens that a model knows. Two models with different ones cannot compare their probabilities directly.',
  },
];

const byWord = new Map(glossary.flatMap((entry) => entry.words.map((word) => [word, entry] as const)));
// The longest first, so that “z_qs” is not “z_s”, and no word inside another.
const pattern = new RegExp(
  `(?<![\\p{L}_])(${[...byWord.keys()].sort((a, b) => b.length - a.length).join('|')})(?![\\p{L}_])`,
  'u',
);

interface Part {
  text: string;
  entry: Entry | undefined;
}

/** A text in parts, each with its entry where it is a word of the glossary: the first time that it occurs. */
export function partsOf(text: string): Part[] {
  const seen = new Set<Entry>();
  return text.split(pattern).flatMap((part): Part[] => {
    if (part === '') return [];
    const entry = byWord.get(part);
    if (entry === undefined || seen.has(entry)) return [{ text: part, entry: undefined }];
    seen.add(entry);
    return [{ text: part, entry }];
  });
}
