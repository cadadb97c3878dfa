import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { countOption } from '../bench/count-option.ts';
import { EngineError } from '../src/engine/errors.ts';
import { mainArm } from '../src/engine/recipe/arms.ts';
import { experiment, experimentKeys, isSearch } from './study/experiments.ts';
import { runSeed } from './study/run-seed.ts';
import { summary, table } from './study/summary.ts';
import { fail } from './fail.ts';

/**
 * Runs experiments with several seeds and writes what they measured: `results/<key>.json`, or `results/search/<key>.json` for what settings are
 * chosen by. Every seed is a process of its own and lies in `build/study` when it is done, so an interrupted study goes on where it stopped, and
 * several run at once where a device has room. With `--minutes 0` it only sums up what is there.
 */
const usage = 'npm run study -- <experiment …> [--seeds n] [--workers n] [--minutes n]';

interface Job {
  key: string;
  seed: number;
  /** Which of the experiment's shares. */
  share: number;
}

type Part = Awaited<ReturnType<typeof runSeed>>;

const partFile = ({ key, seed, share }: Job) => path.join('build/study', `${key}-${seed}-${share}.json`);

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seeds: { type: 'string', default: '5' },
      workers: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      // One share of one seed, by a process of its own.
      seed: { type: 'string' },
      share: { type: 'string', default: '0' },
    },
  });
  const unknown = positionals.find((key) => experiment(key) === undefined);
  if (positionals.length === 0 || unknown !== undefined)
    throw new EngineError(
      'recipe-invalid',
      unknown === undefined ? 'No experiment is named.' : `There is no experiment “${unknown}”.`,
      `Choose among ${experimentKeys.join(', ')}. Usage: ${usage}`,
    );
  if (values.seed !== undefined) {
    const [key] = positionals;
    const job = {
      key: key!,
      seed: countOption('seed', values.seed),
      share: countOption('share', values.share, 0),
    };
    const found = await runSeed(experiment(job.key)!.shares[job.share]!, job.seed);
    mkdirSync('build/study', { recursive: true });
    writeFileSync(partFile(job), JSON.stringify(found));
    process.exit(0);
  }
  const seeds = countOption('seeds', values.seeds);
  // All experiments' first seeds come first: who stops early has some of each.
  const jobs = Array.from({ length: seeds }, (_, i) =>
    positionals.flatMap((key) => jobsOf(key, i + 1)),
  ).flat();
  const until =
    values.minutes === undefined ? Infinity : Date.now() + 60_000 * countOption('minutes', values.minutes, 0);
  await inTurns(
    jobs.filter((job) => !existsSync(partFile(job))),
    countOption('workers', values.workers),
    until,
  );
  for (const key of positionals) sumUp(key, seeds);
  process.exit(0);
} catch (error) {
  fail(error);
}

/** A few processes at a time, in order; none is begun after `until`, in ms since 1970. */
async function inTurns(jobs: Job[], workers: number, until: number): Promise<void> {
  const worker = async () => {
    for (let job = jobs.shift(); job !== undefined && Date.now() < until; job = jobs.shift()) {
      const began = performance.now();
      const child = spawn(
        process.execPath,
        [fileURLToPath(import.meta.url), job.key, '--seed', String(job.seed), '--share', String(job.share)],
        { stdio: ['ignore', 'inherit', 'inherit'] },
      );
      const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
      const seconds = Math.round((performance.now() - began) / 1000);
      console.log(
        `${job.key}, seed ${job.seed}, share ${job.share}: ${code === 0 ? `${seconds} s` : 'failed'}`,
      );
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

function jobsOf(key: string, seed: number): Job[] {
  return experiment(key)!.shares.map((_, share) => ({ key, seed, share }));
}

/** Writes what all seeds that are there say of an experiment. */
function sumUp(key: string, seeds: number): void {
  const { recipe } = experiment(key)!;
  const found = Array.from({ length: seeds }, (_, i) => wholeSeed(key, i + 1)).filter(
    (part) => part !== undefined,
  );
  const [first] = found;
  if (first === undefined) return;
  const runs = found.filter((part) => contents(part) === contents(first)).map(({ result }) => result);
  const all = summary(runs);
  const file = path.join(isSearch(key) ? 'results/search' : 'results', `${key}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  const command = `npm run study -- ${key} --seeds ${seeds}`;
  const result = { command, ...first.origin, recipe, ...all, runs };
  writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`);
  console.log(`\n${key}, ${runs.length} seeds, ${all.questions} ${all.split} questions\n${table(all.arms)}`);
}

/** All shares of a seed as one; undefined until the last is there. */
function wholeSeed(key: string, seed: number): Part | undefined {
  const { shares } = experiment(key)!;
  const parts = jobsOf(key, seed)
    .filter((job) => existsSync(partFile(job)))
    .map((job) => JSON.parse(readFileSync(partFile(job), 'utf8')) as Part)
    .filter(({ origin }, i) => JSON.stringify(origin.recipe) === JSON.stringify(shares[i]));
  const [first] = parts;
  if (first === undefined || parts.length < shares.length) return undefined;
  const own = ({ result, origin }: Part) => JSON.stringify([result.final.arms[0], contents({ origin })]);
  if (parts.some((part) => own(part) !== own(first)))
    throw new Error(`${key}, seed ${seed}: the recipe's own student is not the same in every share`);
  const { final } = first.result;
  return {
    origin: first.origin,
    result: {
      seed,
      final: {
        ...final,
        arms: [final.arms[0]!, ...parts.flatMap(({ result }) => result.final.arms.slice(1))],
        otherSplits: final.otherSplits.map((other, i) => ({
          ...other,
          arms: Object.assign(
            {},
            ...parts.map(({ result }) => result.final.otherSplits[i]!.arms),
          ) as typeof other.arms,
        })),
      },
      probes: parts.flatMap(({ result }, i) => result.probes.filter(({ arm }) => i === 0 || arm !== mainArm)),
    },
  };
}

/** Seeds are summed up together where they read the same data and checkpoints. */
function contents({ origin: { dataHash, checkpoints } }: Pick<Part, 'origin'>): string {
  return JSON.stringify([dataHash, checkpoints]);
}
