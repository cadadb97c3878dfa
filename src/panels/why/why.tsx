import { useMemo } from 'react';
import type { ProbeNumbers } from '../../engine/distill/events.ts';
import { mainArm } from '../../engine/recipe/arms.ts';
import { plannedStages } from '../../store/run-slice.ts';
import { useStore } from '../../store/store.ts';
import { Chart, type ChartLine } from '../curves/chart.tsx';
import { Series } from '../curves/series.ts';
import { formatPercent } from '../format.ts';
import { listening } from './listening.ts';
import classes from './why.module.css';

const nats = (value: number) => value.toPrecision(3);

/** Whether the Recalibrator listens to the student: probes on held-out questions, in numbers and in words. */
export default function Why() {
  const all = useStore((state) => state.metrics.probes);
  // The array grows in place.
  const count = useStore((state) => state.metrics.probes.length);
  const running = useStore((state) => state.run.stages);
  const draft = useStore((state) => state.draft);
  const planned = draft.stages;
  const stages = useMemo(() => (running.length > 0 ? running : plannedStages(planned)), [running, planned]);
  const probes = useMemo(() => all.slice(0, count).filter(({ arm }) => arm === mainArm), [all, count]);
  const lines = useMemo(() => {
    const line = (name: string, color: string, loss: keyof ProbeNumbers): ChartLine => {
      const series = new Series();
      for (const { step, numbers } of probes) series.push(step, numbers[loss]);
      return { name, color, series };
    };
    return [
      line('as it is', 'var(--student)', 'mainKl'),
      line('z_qs = 0', 'var(--series-1)', 'mainKlZeroed'),
      line('z_qs of another question', 'var(--series-4)', 'mainKlShuffled'),
    ];
  }, [probes]);
  const last = probes.at(-1);
  if (last === undefined)
    return (
      <p className={classes.empty}>
        {draft.objective === 'genrecal'
          ? 'While a run trains, this shows whether the Recalibrator listens to the student’s question features, or copies the teacher’s answer and ignores them.'
          : 'These probes look into the Recalibrator; this objective has none.'}
      </p>
    );
  return (
    <div className={classes.why}>
      <p className={classes.verdict}>{listening(last.numbers)}</p>
      <div className={classes.chart}>
        <Chart
          title="L_main·KL"
          about="nats, held-out questions"
          lines={lines}
          version={count}
          newest={last.step}
          scale="open"
          stages={stages}
          totalSteps={stages.at(-1)?.to ?? 1}
          points
          format={nats}
        />
      </div>
      <dl className={classes.facts}>
        <div>
          <dt>attention from answer to question in Rec-body</dt>
          <dd>{formatPercent(last.numbers.questionAttention)}</dd>
        </div>
        <div>
          <dt>‖∂L_main/∂z_qs‖</dt>
          <dd>{nats(last.numbers.questionGradient)}</dd>
        </div>
      </dl>
      <p className={classes.note}>
        One batch of held-out questions after step {last.step}. The teacher’s answer features z_al already
        hold its next token, so a Recalibrator can lower the loss by copying them; only what it takes from
        z_qs teaches the student.
      </p>
    </div>
  );
}
