import { use, useMemo } from 'react';
import { mainArm } from '../../engine/recipe/arms.ts';
import { comparisons } from '../../engine/recipe/comparisons.ts';
import { presets } from '../../engine/recipe/presets.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { useStore } from '../../store/store.ts';
import { Formula } from '../formula/formula.tsx';
import { formatNumber, formatPercent } from '../lib/format.ts';
import { experiments, meanProbes, standings, type Experiment } from '../measured/experiments.ts';
import { scoreRows } from '../result/scores.ts';
import classes from './learn.module.css';
import { Live, LiveNumber, useMetricsVersion } from './live.tsx';
import { Section } from './section.tsx';

/** Who answers the examples without a label. */
const others: Record<Recipe['data']['unlabelled'], string> = {
  'teacher-answers': '; the teacher answers the others.',
  'shuffled-answers': '; the teacher answers the others, and its answers are shuffled among the questions.',
  ignored: '; the others are left out.',
};

export function Control() {
  const arms = useStore((state) => state.draft.arms);
  const { labelled, examples, unlabelled } = useStore((state) => state.draft.data);
  return (
    <Section title="Against what it is measured">
      <p>
        A student also improves because it trains longer, or because it sees more answers. So a run trains
        other students, its <b>arms</b>, side by side: same seed, same batches, same order, same number of
        updates. What differs between two arms is what is tested.
      </p>
      {arms.length === 0 ? (
        <p>This recipe has none: nothing will show how much of the change the method caused.</p>
      ) : (
        <ul>
          {arms.map(({ key, label }) => (
            <li key={key}>
              <b>{label}.</b> {comparisons.find((known) => known.key === key)?.why}
            </li>
          ))}
        </ul>
      )}
      {labelled > 0 && labelled < examples && (
        <p>
          In this recipe {labelled} of {examples} examples have their true answer
          {others[unlabelled]}
        </p>
      )}
    </Section>
  );
}

export function Reading() {
  const version = useMetricsVersion();
  const arms = useStore((state) => state.run.arms);
  const rows = useMemo(() => {
    void version;
    return scoreRows(useStore.getState().metrics.evaluations, arms).rows;
  }, [version, arms]);
  const score = (key: string) => {
    const value = rows.find((row) => row.key === key)?.score?.exactMatch;
    return value === undefined ? undefined : formatPercent(value);
  };
  return (
    <Section title="How to read the result">
      <p>
        The score is the share of answers that match exactly, on drawings in a style that no training picture
        has, or on facts that no training question asks for. Some hundred questions make a rough ruler, so
        every score carries a band: draw the questions again and again with replacement, and 95 % of the
        scores fall into it. Two students are compared on the same questions:
      </p>
      <Formula block tex="\hat\Delta=\frac1n\sum_{i=1}^{n}(a_i-b_i),\qquad a_i,b_i\in\{0,1\}" />
      <p>
        Only where the band of Δ leaves out 0 does the page say that one beats the other, and only where a
        coin tossed for every question on which they differ would seldom favour one so much (p below 5 %,
        McNemar’s exact test): the band does not see what did not occur, and fewer than six such questions
        show nothing. Where a recipe asks for several seeds, they are drawn again and again as well; where it
        has one, another seed may turn out differently.
      </p>
      <Live>
        <LiveNumber name="teacher" value={score('teacher')} />
        <LiveNumber name="student before" value={score('before')} />
        <LiveNumber name="student now" value={score(mainArm)} />
      </Live>
    </Section>
  );
}

const measured = experiments();

export function Found() {
  const all = use(measured);
  return (
    <Section title="What we found so far">
      <p>
        In the paper, with a teacher of 78 billion parameters and a student of 8, the average of four
        benchmarks rises from 67.0 to 69.2 by SFT alone and to 76.4 by GenRecal (
        <a href="https://arxiv.org/abs/2506.15681" target="_blank" rel="noreferrer">
          arXiv 2506.15681
        </a>
        ). What this project measured itself, on models thousands of times smaller:
      </p>
      {all.map((experiment) => (
        <Finding key={experiment.name} experiment={experiment} />
      ))}
      <p>
        These models are tiny and were trained for minutes, on drawings of 198 things; the runs are short.
        What holds here need not hold at scale, nor the other way round. “What we measured”, in the header,
        has the full tables with their commands.
      </p>
    </Section>
  );
}

function Finding({ experiment }: { experiment: Experiment }) {
  const { name, recipe, updates, seeds, questions } = experiment;
  const probes = meanProbes(experiment, mainArm);
  return (
    <>
      <p className={classes.finding}>
        <b>{presets.find(({ key }) => key === name)?.label ?? name}</b> (pair {recipe.pair}, {updates}{' '}
        updates, {questions} questions, {seeds.length} {seeds.length === 1 ? 'seed' : 'seeds'}):
      </p>
      <ul>
        {standings(experiment).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
        {probes !== undefined && (
          <li>
            After stage 2, L_main·KL is {formatNumber(probes.asIs)} nats with the student’s question features,{' '}
            {formatNumber(probes.zeroed)} without them and {formatNumber(probes.shuffled)} with those of
            another question.
          </li>
        )}
      </ul>
    </>
  );
}
