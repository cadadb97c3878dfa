import { memo, useEffect, useMemo, useState, type ReactNode } from 'react';
import { armsOf } from '../../engine/recipe/arms.ts';
import { useStore } from '../../store/store.ts';
import { overlayColor } from '../lib/arm-colors.ts';
import { Panel } from '../frame/panel.tsx';
import { useStages } from '../lib/use-planned.ts';
import { useThrottled } from '../lib/use-throttled.ts';
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
import classes from './curves.module.css';
import { Differences } from './differences.ts';
import { RunSeries } from './run-series.ts';
import { ViewMenu } from './view-menu.tsx';

/** Loss terms by their names in the paper, held-out accuracy, gradient norm and learning rate, live. */
export default function Curves({ tabs }: { tabs: ReactNode }) {
  return (
    <Panel
      title="Curves"
      aside={
        <div className={classes.controls}>
          <ViewMenu />
          {tabs}
        </div>
      }
    >
      <Charts />
    </Panel>
  );
}

const makers = Object.entries({ accuracy, main, sft, regulariser, gradient, learningRate });
/** As many as can be read from the last row. */
const projected = makers.slice(0, 4);
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
  const projecting = useStore((state) => state.view === 'projector');
  const { smoothing } = view;
  const arms = useMemo(() => armsOf(recipe), [recipe]);
  const stages = useStages();
  const run = useMemo(() => new RunSeries(steps, evaluations, smoothing), [steps, evaluations, smoothing]);
  const earlier = useMemo(
    () =>
      overlays.map(({ name, ...overlay }, i) => ({
        name,
        color: overlayColor(i),
        run: new RunSeries(overlay.steps, overlay.evaluations, smoothing),
      })),
    [overlays, smoothing],
  );
  const differences = useMemo(() => new Differences(evaluations), [evaluations]);
  const shown = useMemo(
    (): Shown => ({
      run,
      differences,
      evaluations,
      arms,
      earlier,
      split: recipe.evaluation.split,
      stages,
      view,
    }),
    [run, differences, evaluations, arms, earlier, recipe, stages, view],
  );
  return (
    <div className={classes.grid}>
      {(projecting ? projected : makers).map(([key, make]) => (
        <LiveChart key={key} make={make} shown={shown} />
      ))}
    </div>
  );
}

/** A chart that draws again in its own time. */
const LiveChart = memo(function LiveChart({ make, shown: now }: { make: ChartMaker; shown: Shown }) {
  const version = useThrottled(
    useStore((state) => state.metrics.version),
    interval,
  );
  const shown = useThrottled(now, 0);
  const [resampled, setResampled] = useState(0);
  const comparing = make === accuracy && shown.view.differences;
  const { run, differences, stages } = shown;
  const chart = useMemo(() => {
    // Only the version says that the run's arrays grew.
    void version;
    void resampled;
    run.read();
    return make(shown);
  }, [make, shown, run, version, resampled]);
  useEffect(() => {
    if (!comparing) return;
    const before = differences.taken;
    const done = differences.read(patience);
    if (differences.taken === before) return;
    const timer = setTimeout(() => setResampled((count) => count + 1), done ? 0 : patience);
    return () => clearTimeout(timer);
  }, [comparing, differences, version, resampled]);
  return (
    <Chart
      {...chart}
      version={version + resampled}
      newest={run.newest}
      stages={stages}
      totalSteps={stages.at(-1)?.to ?? 1}
    />
  );
});
