import { readFileSync } from 'node:fs';
import type { Band } from '../../src/engine/evaluate/bands.ts';
import { points, type ArmResult, type Summary } from './summary.ts';

/** A table of a document, as the rows of its files say. */
interface Table {
  head: string[];
  rows: string[][];
}

/** What experiments usually have; a row says what is different in its own. */
const usual = { questions: 480, seeds: 5 };

const read = (file: string) => JSON.parse(readFileSync(`results/${file}.json`, 'utf8')) as Summary;

const range = ({ low, high }: Band) => `${points(low)}–${points(high)}`;

const signed = (value: number) =>
  `${value < 0 ? '−' : '+'}${points(Math.abs(value))}`.replace(/^[−+]0\.0$/, '0.0');

/** The recipe's own arm minus another. */
function lead({ mean, low, high }: Band): string {
  const middle = low > 0 ? `**${signed(mean)}**` : signed(mean);
  return `${middle} (${signed(low)} to ${signed(high)})`;
}

/** Every student of one experiment on the same questions. @param names in the order of the rows */
function students(file: string, names: Record<string, string>): Table {
  const { arms } = read(file);
  return {
    head: ['student', 'all', 'name', 'kind', 'perplexity', 'calibration error', 'GenRecal minus this'],
    rows: Object.entries(names).map(([wanted, label]) => {
      const { key, heldOut, byType, fidelity, behindMain } = arms.find((arm) => arm.key === wanted)!;
      return [
        label,
        `${points(heldOut.mean)} % (${range(heldOut)})`,
        ...['name', 'kind'].map((type) => `${points(byType[type]!.mean)} %`),
        fidelity.perplexity!.mean.toFixed(2),
        `${points(fidelity.calibrationError!.mean)} %`,
        key === 'main' ? '' : lead(behindMain),
      ];
    }),
  };
}

/** What came of several experiments, one a row. @param names by file */
function experiments(names: Record<string, string>): Table {
  return {
    head: [
      'preset ([`results/`](results))',
      'before',
      'labels alone',
      'SFT, same answers',
      'GenRecal',
      'teacher',
    ],
    rows: Object.entries(names).map(([file, name]) => {
      const { arms, questions, seeds } = read(file);
      const unusual = [
        ...(questions === usual.questions ? [] : [`${questions} questions`]),
        ...(seeds.length === usual.seeds ? [] : [`${seeds.length} seed${seeds.length === 1 ? '' : 's'}`]),
      ];
      const cell = (key: string, withRange: boolean) => {
        const heldOut = arms.find((arm) => arm.key === key)?.heldOut;
        if (heldOut === undefined) return '–';
        return withRange ? `${points(heldOut.mean)} (${range(heldOut)})` : points(heldOut.mean);
      };
      return [
        unusual.length === 0 ? name : `${name} (${unusual.join(', ')})`,
        cell('before', false),
        cell('labels-alone', false),
        cell('sft', true),
        cell('main', true),
        cell('teacher', false),
      ];
    }),
  };
}

/** Accuracy and perplexity of what settings are chosen among, one experiment a row. @param names by file */
function searches(columns: Record<string, string>, names: Record<string, string>): Table {
  const both = ({ heldOut, fidelity }: ArmResult) =>
    `${points(heldOut.mean)}, ${fidelity.perplexity!.mean.toFixed(2)}`;
  return {
    head: ['run', 'seeds', ...Object.values(columns), 'GenRecal − SFT (95 %)'],
    rows: Object.entries(names).map(([file, name]) => {
      const { arms, seeds } = read(file);
      const found = (key: string) => arms.find((arm) => arm.key === key);
      return [
        name,
        String(seeds.length),
        ...Object.keys(columns).map((key) => (found(key) ? both(found(key)!) : '–')),
        lead(found('sft')!.behindMain),
      ];
    }),
  };
}

const ways = {
  main: 'GenRecal, CE + KL (paper)',
  kl: 'KL alone',
  'kl-2': 'KL × 4, T = 2',
  embeddings: 'CE + KL, embeddings',
  sft: 'SFT, same answers',
};

/** Every table that stands in a document between `<!-- results: name -->` and `<!-- end of results -->`. */
const tables: Record<string, () => Table> = {
  students: () =>
    students('figure1', {
      before: 'before',
      'labels-alone': 'SFT on the 256 labels alone',
      sft: "SFT on the labels and the teacher's answers",
      uld: "ULD (the teacher's sorted probabilities too)",
      mined: 'MinED (its probabilities, token by token)',
      main: '**GenRecal**',
      teacher: 'teacher',
    }),
  experiments: () =>
    experiments({
      'nano-quick': 'nano, quick look',
      medium: 'medium pair',
      'few-pictures': 'few pictures (1,024), KL alone',
      text: 'text alone',
      'shuffled-teacher': 'a teacher that mixes up the pictures',
    }),
  'mini-search': () =>
    searches(
      { ...ways, 'labels-alone': 'labels alone' },
      {
        'search/length-400': '4,096 examples, 400 updates',
        'search/length-680': '680 updates',
        'search/length-800': '800 updates',
        'search/length-1500': '1,500 updates',
        'search/rate-2e-3-length-680': '680 updates, rate 2e-3 → 2e-4',
        'search/examples-2048-length-680': '2,048 examples, 680 updates',
        'search/examples-1024-length-400': '1,024 examples, 400 updates',
        'search/examples-1024-length-680': '1,024 examples, 680 updates',
        'search/examples-512-length-680': '512 examples, 680 updates',
        'search/encoder-trained': 'vision encoder trained, 400 updates',
        'search/views-validation': 'every picture in a view of its own, 400 updates',
        'search/new-style-validation': 'unlabelled pictures of a style new to both, 400 updates',
        'search/captions-validation': 'name, kind and caption, 400 updates',
      },
    ),
  'medium-search': () =>
    searches(ways, {
      'search/medium-validation': '680 updates',
      'search/medium-validation-length-1500': '1,500 updates',
      'earlier-pairs/medium-first-student-validation': '680 updates, the first student',
    }),
};

/** Documents that hold such tables. */
export const documents = ['README.md', 'results/search/README.md'] as const;

const markdown = ({ head, rows }: Table) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** A document with its tables as the files of `results/` have them. */
export function withTables(text: string): string {
  return text.replace(
    /(<!-- results: (\S+) -->\n\n)[\s\S]*?(\n\n<!-- end of results -->)/g,
    (_, before: string, name: string, after: string) => {
      const table = tables[name];
      if (table === undefined) throw new Error(`there is no table “${name}”`);
      return `${before}${markdown(table())}${after}`;
    },
  );
}
