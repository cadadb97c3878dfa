import { Button } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { memo, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { StageSpan } from '../../engine/method/stages.ts';
import { armsOf } from '../../engine/recipe/arms.ts';
import type { ChartKey } from '../../store/slices/curves-slice.ts';
import { useStore } from '../../store/store.ts';
import { overlayColor } from '../lib/arm-colors.ts';
import { Panel } from '../frame/panel.tsx';
import { useStages } from '../lib/use-planned.ts';
import { useThrottled } from '../lib/use-throttled.ts';
import { abscissaOf } from './axis/abscissa.ts';
import { Chart } from './chart.tsx';
import {
  accuracy,
  gradient,
  learningRate,
  main,
  regulariser,
  sft,
  type ChartMaker,
  type Shown,
} from './charts.tsx';
import { Clock } from './axis/clock.ts';
import classes from './curves.module.css';
import { Differences } from './differences.ts';
import { EarlierRuns, useEarlierNames } from './earlier-runs.tsx';
import { extentOf } from './axis/extent.ts';
import { RunSeries } from './run-series.ts';
import { useClock } from './axis/use-clock.ts';
import { ViewMenu } from './view-menu.tsx';

/** Loss terms by their names in the paper, held-out accuracy, gradient norm and learning rate, live. */
export default function Curves({ tabs }: { tabs: ReactNode }) {
  const looking = useStore(({ curves }) => curves.window !== undefined);
  const setCurves = useStore((state) => state.setCurves);
  return (
    <Panel
      title="Curves"
      aside={
        <div className={classes.controls}>
          {looking && (
            <Button size="compact-xs" variant="light" onClick={() => setCurves({ window: undefined })}>
              whole run
            </Button>
          )}
          <ViewMenu />
          {tabs}
        </div>
      }
    >
      <div className={classes.panel}>
        <EarlierRuns />
        <Charts />
      </div>
    </Panel>
  );
}

const byKey = { accuracy, main, sft, regulariser, gradient, learningRate } satisfies Record<
  ChartKey,
  ChartMaker
>;
const makers = Object.entries(byKey) as [ChartKey, ChartMaker][];
/** As many as can be read from the last row. */
const projected = makers.slice(0, 2);
/** ms between two drawings of one chart. */
const interval = 500;
/** ms of resampling in one go. */
const patience = 8;

function Charts() {
  const steps = useStore((state) => state.metrics.steps);
  const evaluations = useStore((state) => state.metrics.evaluations);
  const recipe = useStore(({ run, draft }) => run.recipe ?? draft);
  const overlays = useStore((state) => state.overlays);
  const view = useStore((state) => state.curves);
  const setCurves = useStore((state) => state.setCurves);
  const projecting = useStore((state) => state.view === 'projector');
  const names = useEarlierNames();
  const { smoothing, time, enlarged } = view;
  const arms = useMemo(() => armsOf(recipe), [recipe]);
  const stages = useStages();
  const { seeds } = recipe;
  const clock = useClock();
  const run = useMemo(
    () => new RunSeries(steps, evaluations, smoothing, seeds, clock),
    [steps, evaluations, smoothing, seeds, clock],
  );
  const earlier = useMemo(
    () =>
      overlays.map((overlay, i) => ({
        name: names[i] ?? overlay.name,
        color: overlayColor(i),
        run: new RunSeries(
          overlay.steps,
          overlay.evaluations,
          smoothing,
          overlay.seeds,
          time ? new Clock(overlay.readings) : undefined,
        ),
      })),
    [overlays, names, smoothing, time],
  );
  const differences = useMemo(() => new Differences(evaluations, seeds, clock), [evaluations, seeds, clock]);
  const shown = useMemo(
    (): Shown => ({
      run,
      differences,
      evaluations,
      arms,
      earlier,
      clock,
      split: recipe.evaluation.split,
      seeds: recipe.seeds,
      view,
    }),
    [run, differences, evaluations, arms, earlier, clock, recipe, view],
  );
  const all = projecting ? projected : makers;
  // A projector has no room for some that may be enlarged elsewhere.
  const large = all.find(([key]) => key === enlarged)?.[0];
  const shrink = ({ target }: KeyboardEvent) => {
    // A dialog, or the view's own small window, closes first.
    if (target instanceof Element && target.closest('[role=dialog]') === null)
      setCurves({ enlarged: undefined });
  };
  useHotkeys(large === undefined ? [] : [['Escape', shrink]]);
  return (
    <div className={classes.grid} data-enlarged={large !== undefined || undefined}>
      {all
        .filter(([key]) => large === undefined || key === large)
        .map(([key, make]) => (
          <LiveChart key={key} name={key} make={make} shown={shown} stages={stages} />
        ))}
    </div>
  );
}

interface LiveChartProps {
  name: ChartKey;
  make: ChartMaker;
  shown: Shown;
  stages: readonly StageSpan[];
}

/** A chart that draws again in its own time. */
const LiveChart = memo(function LiveChart({ name, make, shown: now, stages }: LiveChartProps) {
  const version = useThrottled(
    useStore((state) => state.metrics.version),
    interval,
  );
  const shown = useThrottled(now, 0);
  const setCurves = useStore((state) => state.setCurves);
  const [resampled, setResampled] = useState(0);
  const comparing = make === accuracy && shown.view.differences;
  const { run, differences, earlier, clock, view } = shown;
  const chart = useMemo(() => {
    // Only the version says that the run's arrays grew.
    void version;
    void resampled;
    run.read();
    const behind = earlier.map(({ run: other }) => other.xAt(other.newest));
    return { ...make(shown), ...extentOf({ newest: run.newest, behind, clock, view }, stages) };
  }, [make, shown, stages, run, earlier, clock, view, version, resampled]);
  const over = useMemo(() => abscissaOf(clock), [clock]);
  const enlarged = view.enlarged === name;
  const enlarge = useMemo(
    () => () => setCurves({ enlarged: enlarged ? undefined : name }),
    [setCurves, enlarged, name],
  );
  useEffect(() => {
    if (!comparing) return;
    const before = differences.taken;
    const done = differences.read(patience);
    if (differences.taken === before) return;
    const timer = setTimeout(() => setResampled((count) => count + 1), done ? 0 : patience);
    return () => clearTimeout(timer);
  }, [comparing, differences, version, resampled]);
  return (
    <Chart {...chart} version={version + resampled} over={over} enlarged={enlarged} onEnlarge={enlarge} />
  );
});
