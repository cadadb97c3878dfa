import { Button, NativeSelect } from '@mantine/core';
import { useMemo } from 'react';
import type { ProbeNumbers } from '../../engine/run/probe-numbers.ts';
import { useStore } from '../../store/store.ts';
import { abscissaOf } from '../curves/axis/abscissa.ts';
import { Chart } from '../curves/chart.tsx';
import { extentOf } from '../curves/axis/extent.ts';
import type { ChartLine } from '../curves/lines.ts';
import { Series } from '../curves/series.ts';
import { useClock } from '../curves/axis/use-clock.ts';
import { formatFine, formatNumber, formatPercent } from '../lib/format.ts';
import { useStages } from '../lib/use-planned.ts';
import { Explained } from '../terms/explained.tsx';
import { listening } from './listening.ts';
import { useProbedArm } from './use-probed-arm.ts';
import classes from './why.module.css';

/** Whether the Recalibrator listens to the student: probes on held-out questions, in numbers and in words. */
export default function Why() {
  const { arms, arm, setArm, probes, maps } = useProbedArm();
  const objective = useStore((state) => state.draft.objective);
  const setCentre = useStore((state) => state.setCentre);
  const stages = useStages();
  const clock = useClock();
  const view = useStore((state) => state.curves);
  const over = useMemo(() => abscissaOf(clock), [clock]);
  const lines = useMemo(() => {
    const line = (name: string, color: string, loss: keyof ProbeNumbers): ChartLine => {
      const series = new Series();
      for (const { step, numbers } of probes) series.push(clock?.secondsAt(step) ?? step, numbers[loss]);
      return { name, color, series };
    };
    return [
      line('as it is', 'var(--student)', 'mainKl'),
      line('z_qs = 0', 'var(--series-5)', 'mainKlZeroed'),
      line('z_qs of another question', 'var(--series-4)', 'mainKlShuffled'),
    ];
  }, [probes, clock]);
  const last = probes.at(-1);
  if (last === undefined)
    return (
      <p className={classes.empty}>
        {objective === 'genrecal'
          ? 'While a run trains, this shows whether the Recalibrator listens to the student’s question features, or copies the teacher’s answer and ignores them.'
          : 'These probes look into the Recalibrator; this objective has none.'}
      </p>
    );
  const space = maps.at(-1)?.map.teacherSpace;
  return (
    <div className={classes.why}>
      {arms.length > 1 && (
        <NativeSelect
          size="xs"
          aria-label="Student"
          value={arm}
          data={arms.map(({ key, label }) => ({ value: key, label }))}
          onChange={(event) => setArm(event.currentTarget.value)}
        />
      )}
      <p className={classes.verdict}>
        <Explained text={listening(last.numbers)} />
      </p>
      <dl className={classes.facts}>
        <div>
          <dt>attention from answer to question in Rec-body</dt>
          <dd>{formatPercent(last.numbers.questionAttention)}</dd>
        </div>
        <div>
          <dt>
            <Explained text="‖∂L_main/∂z_qs‖" />
          </dt>
          <dd>{formatNumber(last.numbers.questionGradient)}</dd>
        </div>
        {space && (
          <div>
            <dt>
              <Explained text="cosine of r and z_l (other tokens)" />
            </dt>
            <dd>
              {formatFine(space.cosine)} ({formatFine(space.cosineOthers)})
            </dd>
          </div>
        )}
      </dl>
      <Button size="compact-xs" variant="default" onClick={() => setCentre('features')}>
        Show the feature map
      </Button>
      <div className={classes.chart}>
        <Chart
          title="L_main·KL"
          about="nats, held-out questions"
          lines={lines}
          version={probes.length}
          over={over}
          {...extentOf({ newest: last.step, behind: [], clock, view }, stages)}
          scale="open"
          points
          format={formatNumber}
        />
      </div>
      <p className={classes.note}>
        <Explained
          text={`One batch of held-out questions after step ${last.step}. The teacher’s answer features z_al already hold its next token, so a Recalibrator can lower the loss by copying them; only what it takes from z_qs teaches the student.`}
        />
      </p>
    </div>
  );
}
