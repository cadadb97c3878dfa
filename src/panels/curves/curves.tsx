import { Slider, Switch } from '@mantine/core';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import type { StepMetrics } from '../../engine/distill/events.ts';
import { useStore } from '../../store/store.ts';
import { formatPercent } from '../format.ts';
import { Panel } from '../panel.tsx';
import { Chart, type ChartSeries } from './chart.tsx';
import classes from './curves.module.css';
import { decimate, series, smooth, type Point } from './series.ts';

const nats = (value: number) => value.toPrecision(3);
const scientific = (value: number) => (value === 0 ? '0' : value < 0.01 ? value.toExponential(1) : value.toPrecision(2));

type Read = (step: StepMetrics) => number | undefined;

/** Loss terms by their names in the paper, held-out accuracy, gradient norm and learning rate, live. */
export default function Curves() {
  const smoothing = useStore((state) => state.smoothing);
  const log = useStore((state) => state.logScale);
  const setSmoothing = useStore((state) => state.setSmoothing);
  const setLog = useStore((state) => state.setLogScale);
  return (
    <Panel
      title="Curves"
      aside={
        <div className={classes.controls}>
          <span>smoothing</span>
          <Slider
            className={classes.slider}
            size="xs"
            min={0}
            max={0.98}
            step={0.02}
            value={smoothing}
            onChange={setSmoothing}
            label={(value) => value.toFixed(2)}
            thumbProps={{ 'aria-label': 'Smoothing' }}
          />
          <Switch size="xs" label="log" checked={log} onChange={(event) => setLog(event.currentTarget.checked)} />
        </div>
      }
    >
      <Charts smoothing={smoothing} log={log} />
    </Panel>
  );
}

function Charts({ smoothing, log }: { smoothing: number; log: boolean }) {
  const version = useThrottled(useStore((state) => state.metrics.version), 500);
  const run = useStore((state) => state.run.stages);
  const totalSteps = useStore((state) => state.run.totalSteps);
  const weight = useDeferredValue(smoothing);

  const charts = useMemo(() => {
    // Only the version says that the arrays grew.
    void version;
    const { steps, evaluations } = useStore.getState().metrics;
    const line = (name: string, color: string, read: Read): ChartSeries => {
      const points = series(steps, read);
      return weight === 0
        ? { name, color, points: decimate(points) }
        : { name, color, points: decimate(smooth(points, weight)), raw: decimate(points) };
    };
    const plain = (name: string, color: string, read: Read): ChartSeries => ({
      name,
      color,
      points: decimate(series(steps, read)),
    });
    const live: Point[] = evaluations
      .filter(({ who, final }) => who === 'student' && !final)
      .map(({ step, score }) => ({ step, value: score.exactMatch }));
    const teacher = evaluations.find(({ who }) => who === 'teacher');
    const liveN = evaluations.find(({ final }) => !final)?.score.n;
    return {
      main: [
        line('L_main CE', 'var(--series-1)', (step) => step.losses.mainCe),
        line('L_main KL', 'var(--series-2)', (step) => step.losses.mainKl),
      ],
      reg: [
        line('L_reg CE', 'var(--series-1)', (step) => step.losses.regCe),
        line('L_reg KL', 'var(--series-2)', (step) => step.losses.regKl),
        line('L_reg MSE', 'var(--series-4)', (step) => step.losses.regMse),
      ].filter(({ name, points }) => name !== 'L_reg MSE' || points.length > 0),
      sft: [line('L_sft', 'var(--series-3)', (step) => step.losses.sft)],
      accuracy: [{ name: 'student now', color: 'var(--student)', points: live, dots: true }],
      teacher: teacher?.score.exactMatch,
      before: live[0]?.value,
      liveN,
      norm: [plain('gradient norm', 'var(--series-4)', (step) => step.gradientNorm)],
      rate: [plain('learning rate', 'var(--series-1)', (step) => step.learningRate)],
    };
  }, [version, weight]);

  const shared = { stages: run, totalSteps };
  return (
    <div className={classes.grid}>
      <Chart
        {...shared}
        title="Held-out accuracy"
        unit={charts.liveN === undefined ? 'exact match' : `exact match, ${charts.liveN} questions`}
        series={charts.accuracy}
        domain={[0, 1]}
        format={formatPercent}
        lines={[
          ...(charts.teacher === undefined
            ? []
            : [{ label: 'teacher', value: charts.teacher, color: 'var(--teacher)' }]),
          ...(charts.before === undefined
            ? []
            : [{ label: 'student before', value: charts.before, color: 'var(--before)' }]),
        ]}
      />
      <Chart {...shared} title="L_main" unit="nats, recalibrated against teacher" series={charts.main} log={log} format={nats} />
      <Chart {...shared} title="L_sft" unit="nats, student’s own answers" series={charts.sft} log={log} format={nats} />
      <Chart {...shared} title="L_reg" unit="nats, teacher through the Recalibrator" series={charts.reg} log={log} format={nats} />
      <Chart {...shared} title="Gradient norm" unit="before clipping" series={charts.norm} log={log} format={nats} />
      <Chart {...shared} title="Learning rate" unit="AdamW" series={charts.rate} log={log} format={scientific} />
    </div>
  );
}

/** The latest value at most once every `ms`: drawing must not eat the step time. */
function useThrottled<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value);
  const [since, setSince] = useState(0);
  useEffect(() => {
    const wait = Math.max(0, since + ms - performance.now());
    const timer = setTimeout(() => {
      setShown(value);
      setSince(performance.now());
    }, wait);
    return () => clearTimeout(timer);
  }, [value, ms, since]);
  return shown;
}
