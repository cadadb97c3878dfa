import { readFileSync } from 'node:fs';
import { presets } from '../../src/engine/recipe/presets.ts';
import { recipeSchema } from '../../src/engine/recipe/schema.ts';
import { openSession } from '../../src/engine/session.ts';
import { labelledExamples, trainingSet } from '../../src/engine/train/training-set.ts';
import { armsOf } from '../../src/engine/recipe/arms.ts';
import { folderSource } from '../../src/node/folder-source.ts';
import { openNodeDevice } from '../../src/node/webgpu.ts';
import { benchRecipe } from '../recipe.ts';
import { measureAnswers } from './answers.ts';
import { measureProducts } from './products.ts';
import { measureProfile } from './profile.ts';
import { measureSteps } from './steps.ts';
import { measureTorch } from './torch.ts';
import { measureVerdict } from './verdict.ts';
import { measureStudents } from '../students/measure.ts';

const source = folderSource('public');
/** Students in one list that are compared with one. */
const togetherCounts = [1, 4, 16];

export interface GpuOptions {
  pair: string;
  rounds: number;
  /** Questions whose answers are timed. */
  questions: number;
  /** What is run to its verdict: a preset, or a JSON file. */
  recipe: string;
  python: string;
  /** Of the cube whose product is timed. */
  size: number;
}

const openCard = () => openNodeDevice(['disable-dawn-features=timestamp_quantization']);

/** A pair on a device whose timestamps are as fine as the card has them, and its stage-2 step. */
async function open(pair: string) {
  const device = await openCard();
  const session = await openSession({ source, device }, pair);
  const recipe = benchRecipe(pair);
  const set = trainingSet(session, labelledExamples(session, recipe), armsOf(recipe));
  return { device, session, recipe, set };
}

/** Where a step's time goes. */
export async function profileStep({ pair, rounds }: Pick<GpuOptions, 'pair' | 'rounds'>) {
  const { device, session, recipe, set } = await open(pair);
  const kernels = await measureProfile(device, session, set, recipe, rounds);
  return { adapter: device.report.adapter, pair, rounds, kernels };
}

/** What our matrix products reach beside those tuned by hand. */
export async function timeProducts({ rounds, size }: Pick<GpuOptions, 'rounds' | 'size'>) {
  const device = await openCard();
  return { adapter: device.report.adapter, rounds, ...(await measureProducts(device, rounds, size)) };
}

/** What a graphics card's parts found so far. */
type GpuFound = Record<string, unknown>;

/**
 * Everything that is measured on one graphics card, in Node: needs `public/`, `pytorch/`, `bench/torch_step.py` and Dawn. What only such a card can
 * tell comes first, PyTorch, whose compiler takes minutes, last.
 * @param onPart told all that is known after each part: a machine may be there for minutes only.
 */
export async function measureGpu(
  { pair, rounds, questions, recipe: asked, python, size }: GpuOptions,
  onPart: (found: GpuFound) => void,
): Promise<void> {
  const { device, session, recipe, set } = await open(pair);
  const { adapter, variant } = device.report;
  const found: GpuFound = { adapter, variant, pair, rounds, recipe: asked };
  const part = (name: string, value: object): void => {
    found[name] = value;
    onPart(found);
  };
  const steps = await measureSteps(device, session, set, recipe, rounds);
  part('steps', steps);
  const examples = set.forArm(recipe).examples.slice(0, questions);
  part('answers', await measureAnswers(session, recipe, examples, Math.min(rounds, 3)));
  const preset = presets.find(({ key }) => key === asked);
  const run = recipeSchema.parse(preset?.recipe ?? JSON.parse(readFileSync(asked, 'utf8')));
  const runs = run.pair === pair ? session : await openSession({ source, device }, run.pair);
  part('verdict', await measureVerdict(runs, run));
  part('verdictOfFiveSeeds', await measureVerdict(runs, { ...run, seeds: 5 }));
  part('students', await measureStudents(session, recipe, togetherCounts, Math.min(rounds, 3)));
  part('products', await measureProducts(device, Math.min(rounds, 5), size));
  part('kernels', await measureProfile(device, session, set, recipe, Math.min(rounds, 10)));
  part(
    'torch',
    await measureTorch(session, set, recipe, {
      folder: 'build/bench/torch',
      python,
      rounds,
      ours: steps.checked,
    }),
  );
}
