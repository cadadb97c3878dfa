import { Popover, SegmentedControl, Slider, Switch } from '@mantine/core';
import { SlidersHorizontal } from 'lucide-react';
import { memo, useDeferredValue, useMemo, type ReactNode } from 'react';
import { armsOf } from '../../engine/recipe/arms.ts';
import { objectiveLabels, usesLogits } from '../../engine/recipe/objectives.ts';
import { useStore } from '../../store/store.ts';
import { Panel } from '../panel.tsx';
import { useArms, useStages } from '../use-planned.ts';
import { useThrottled } from '../use-throttled.ts';
import { chartsOf } from './chart-data.ts';
import { Chart, type ChartProps } from './chart.tsx';
import classes from './curves.module.css';

/** Steps that “latest” shows. */
const window = 100;

/** Loss terms by their names in the paper, held-out accuracy, gradient norm and learning rate, live. */
export default function Curves({ tabs }: { tabs: ReactNode }) {
  return (
    <Panel
      title="Curves"
      aside={
        <div className={classes.controls}>
          <Smoothing />
          <Axes />
          {tabs}
        </div>
      }
    >
      <Charts />
    </Panel>
  );
}

function Smoothing() {
  const smoothing = useStore((state) => state.smoothing);
  const setSmoothing = useStore((state) => state.setSmoothing);
  return (
    <>
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
    </>
  );
}

function Axes() {
  const log = useStore((state) => state.logScale);
  const logSteps = useStore((state) => state.logSteps);
  const latest = useStore((state) => state.latestOnly);
  const setLog = useStore((state) => state.setLogScale);
  const setLogSteps = useStore((state) => state.setLogSteps);
  const setLatest = useStore((state) => state.setLatestOnly);
  return (
    <Popover position="bottom-end" withArrow trapFocus>
      <Popover.Target>
        <button type="button" className={classes.axes}>
          <SlidersHorizontal size={13} aria-hidden /> axes
        </button>
      </Popover.Target>
      <Popover.Dropdown className={classes.menu} aria-label="Axes">
        <Switch
          size="xs"
          label="log y: losses, gradient, rate"
          checked={log}
          onChange={(event) => setLog(event.currentTarget.checked)}
        />
        <Switch
          size="xs"
          label="log x: steps"
          checked={logSteps}
          onChange={(event) => setLogSteps(event.currentTarget.checked)}
        />
        <SegmentedControl
          size="xs"
          aria-label="Steps shown"
          value={latest ? 'latest' : 'all'}
          onChange={(value) => setLatest(value === 'latest')}
          data={[
            { value: 'all', label: 'whole run' },
            { value: 'latest', label: `last ${window} steps` },
          ]}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

function Charts() {
  const version = useThrottled(
    useStore((state) => state.metrics.version),
    500,
  );
  const reports = useArms();
  const stages = useStages();
  const recipe = useStore(({ run, draft }) => run.recipe ?? draft);
  const overlays = useStore((state) => state.overlays);
  const smoothing = useDeferredValue(useStore((state) => state.smoothing));
  const logLoss = useStore((state) => state.logScale);
  const logSteps = useStore((state) => state.logSteps);
  const lastSteps = useStore((state) => (state.latestOnly ? window : undefined));
  const arms = useMemo(() => {
    const recipes = new Map(armsOf(recipe).map((arm) => [arm.key, arm.recipe]));
    return reports.map((report) => {
      const { objective } = recipes.get(report.key) ?? recipe;
      return {
        ...report,
        objective: objectiveLabels[objective],
        recalibrates: objective === 'genrecal',
        distils: usesLogits(objective),
      };
    });
  }, [reports, recipe]);
  const { split } = recipe.evaluation;
  const charts = useMemo(() => {
    // Only the version says that the arrays grew.
    void version;
    const { metrics } = useStore.getState();
    const settings = { smoothing, logLoss, logSteps, lastSteps };
    return chartsOf({ metrics, arms, stages, split, overlays, settings });
  }, [version, arms, stages, split, overlays, smoothing, logLoss, logSteps, lastSteps]);
  return (
    <div className={classes.grid}>
      {charts.map((chart, turn) => (
        <InTurn key={chart.title} chart={chart} turn={turn} />
      ))}
    </div>
  );
}

/** Charts are drawn one after the other, each in a task of its own, and each as rarely as its own slowness asks for. */
const InTurn = memo(function InTurn({ chart, turn }: { chart: ChartProps; turn: number }) {
  return <Chart {...useThrottled(chart, 400, { share: 1 / 40, delay: 24 * turn })} />;
});
