import { use } from 'react';
import { presets } from '../../engine/recipe/presets.ts';
import { runName } from '../../engine/recipe/run-name.ts';
import { scoreColor } from '../lib/arm-colors.ts';
import { FidelityTable } from '../scores/fidelity-table.tsx';
import { ScoreTable } from '../scores/score-table.tsx';
import { Explained } from '../terms/explained.tsx';
import { experiments, meanProbes, standings, type Experiment } from './experiments.ts';
import classes from './measured.module.css';
import { formatNumber } from '../lib/format.ts';

const measured = experiments();

/** What the project has measured itself: tables made from the committed result files and nothing else. */
export default function Measured() {
  const all = use(measured);
  return (
    <div className={classes.measured}>
      <p className={classes.note}>
        Runs of the presets, most with several seeds, outside this page but with the same engine. Every number
        comes from a committed file that names its command. Ranges hold 95 % of resamples of seeds and
        questions.
      </p>
      {all.map((experiment) => (
        <ExperimentTable key={experiment.name} experiment={experiment} />
      ))}
    </div>
  );
}

function ExperimentTable({ experiment }: { experiment: Experiment }) {
  const { name, arms, seeds, questions, split, updates, recipe } = experiment;
  const types = Object.keys(arms[0]!.byType);
  const trained = arms.filter(({ key }) => key !== 'before' && key !== 'teacher');
  const { labelled, examples } = recipe.data;
  const labels = labelled === 0 || labelled >= examples ? 'all' : `${labelled} of ${examples}`;
  return (
    <section aria-labelledby={`measured-${name}`}>
      <h3 id={`measured-${name}`}>{presets.find(({ key }) => key === name)?.label ?? name}</h3>
      <p>
        Exact match on {questions} {split} questions, {seeds.length} {seeds.length === 1 ? 'seed' : 'seeds'},{' '}
        {updates} updates, pair {recipe.pair}, labels: {labels}. {trained[0]!.label} itself:{' '}
        {runName(recipe).whole.replace(/ · seed \d+$/, '')}.
      </p>
      <ScoreTable
        withRanges
        types={types}
        rows={arms.map(({ key, label, heldOut, byType }) => ({
          key,
          label,
          color: scoreColor(key, trained),
          value: heldOut.mean,
          band: heldOut,
          byType: Object.fromEntries(types.map((type) => [type, byType[type]?.mean])),
        }))}
      />
      <FidelityTable
        rows={arms.map(({ key, label, fidelity }) => ({
          key,
          label,
          color: scoreColor(key, trained),
          numbers: fidelity,
        }))}
      />
      <ul>
        {standings(experiment).map((sentence) => (
          <li key={sentence}>
            <Explained text={sentence} />
          </li>
        ))}
        {trained.map(({ key, label }) => {
          const probes = meanProbes(experiment, key);
          return (
            probes && (
              <li key={key}>
                <Explained
                  text={`Probe of ${label} after stage 2: L_main·KL is ${formatNumber(probes.asIs)} nats with the student’s question features, ${formatNumber(probes.zeroed)} without them, ${formatNumber(probes.shuffled)} with those of another question.`}
                />
              </li>
            )
          );
        })}
      </ul>
      <p className={classes.origin}>
        <code>{experiment.command}</code> · {experiment.adapter} · <time>{experiment.date}</time> · commit{' '}
        {experiment.commit.slice(0, 7)}
      </p>
    </section>
  );
}
