import { Slider, Switch } from '@mantine/core';
import { useDeferredValue, useMemo, type ReactNode } from 'react';
import { plannedArms, plannedStages } from '../../store/run-slice.ts';
import { useStore } from '../../store/store.ts';
import { armColor } from '../arm-colors.ts';
import { formatPercent } from '../format.ts';
import { Panel } from '../panel.tsx';
import { useThrottled } from '../use-throttled.ts';
import { Chart, type ChartLine } from './chart.tsx';
import classes from './curves.module.css';
import { chartRows, columnOf, type Column } from './rows.ts';

const nats = (value: number) => value.toPrecision(3);
const scientific = (value: number) => (value === 0 ? '0' : value.toExponential(1));

/** Loss terms by their names in the paper, held-out accuracy, gradient norm and learning rate, live. */
export default function Curves({ tabs }: { tabs: ReactNode }) {
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
            thumbLabel="Smoothing"
          />
          <Switch
            size="xs"
            label="log y"
            checked={log}
            onChange={(event) => setLog(event.currentTarget.checked)}
          />
          {tabs}
        </div>
      }
    >
      <Charts smoothing={smoothing} log={log} />
    </Panel>
  );
}

function Charts({ smoothing, log }: { smoothing: number; log: boolean }) {
  const version = useThrottled(
    useStore((state) => state.metrics.version),
    500,
  );
  const running = useStore((state) => state.run.stages);
  const draft = useStore((state) => state.draft.stages);
  const reports = useStore((state) => state.run.arms);
  const recipe = useStore((state) => state.draft);
  const arms = useMemo(() => (reports.length > 0 ? reports : plannedArms(recipe)), [reports, recipe]);
  const split = useStore(({ run, draft: { evaluation } }) => (run.recipe?.evaluation ?? evaluation).split);
  const projecting = useStore((state) => state.view === 'projector');
  const weight = useDeferredValue(smoothing);
  const stages = useMemo(() => (running.length > 0 ? running : plannedStages(draft)), [running, draft]);

  const data = useMemo(() => {
    // Only the version says that the arrays grew.
    void version;
    const { steps, evaluations } = useStore.getState().metrics;
    const rows = chartRows(steps, evaluations, weight);
    const line = (column: Column, name: string, color: string): ChartLine => ({
      column,
      name,
      color,
      latest: rows.findLast((row) => row[column] !== undefined)?.[column],
    });
    const perArm = (quantity: 'accuracy' | 'sft') =>
      arms.map(({ key, label }, i) => line(columnOf(quantity, key), label, armColor(i)));
    const before = evaluations.find(({ who, final }) => who === 'before' && !final)?.score;
    const mse = line('regMse', 'L_reg·MSE', 'var(--series-4)');
    return {
      rows,
      questions: before?.n,
      levels: [
        {
          name: 'teacher',
          value: evaluations.find(({ who }) => who === 'teacher')?.score.exactMatch,
          color: 'var(--teacher)',
        },
        { name: 'before', value: before?.exactMatch, color: 'var(--before)' },
      ].filter((level): level is { name: string; value: number; color: string } => level.value !== undefined),
      accuracy: perArm('accuracy'),
      main: [
        line('mainCe', 'L_main·CE', 'var(--series-1)'),
        line('mainKl', 'L_main·KL', 'var(--series-2)'),
        line('total', 'total', 'var(--ink-soft)'),
      ],
      reg: [
        line('regCe', 'L_reg·CE', 'var(--series-1)'),
        line('regKl', 'L_reg·KL', 'var(--series-2)'),
        ...(mse.latest === undefined ? [] : [mse]),
      ],
      sft: perArm('sft'),
      norm: [line('gradientNorm', 'norm', 'var(--series-4)')],
      rate: [line('learningRate', 'rate', 'var(--series-1)')],
    };
  }, [version, weight, arms]);

  const shared = { rows: data.rows, stages, totalSteps: stages.at(-1)?.to ?? 1 };
  return (
    <div className={classes.grid}>
      <Chart
        {...shared}
        title={split === 'held-out-style' ? 'Held-out accuracy' : 'Validation accuracy'}
        about={data.questions === undefined ? 'exact match' : `of ${data.questions} questions`}
        lines={data.accuracy}
        levels={data.levels}
        fraction
        format={formatPercent}
      />
      <Chart {...shared} title="L_main" about="nats" lines={data.main} log={log} format={nats} />
      <Chart
        {...shared}
        title="L_sft"
        about="nats, student’s own answer"
        lines={data.sft}
        log={log}
        format={nats}
      />
      <Chart {...shared} title="L_reg" about="nats" lines={data.reg} log={log} format={nats} />
      {/* Four charts are as many as can be read from the last row. */}
      {!projecting && (
        <>
          <Chart
            {...shared}
            title="Gradient"
            about="before clipping"
            lines={data.norm}
            log={log}
            format={nats}
          />
          <Chart
            {...shared}
            title="Learning rate"
            about="AdamW"
            lines={data.rate}
            log={log}
            format={scientific}
          />
        </>
      )}
    </div>
  );
}
