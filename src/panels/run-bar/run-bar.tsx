import { Button } from '@mantine/core';
import { Pause, Play, Square, StepForward } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { awakeNow } from '../../engine/awake-clock.ts';
import { stageLabels } from '../../engine/method/stages.ts';
import { worked } from '../../engine/work-time.ts';
import { pause, resume, run as startRun, step, stop } from '../../store/run/controls.ts';
import { idleRun, isActive, type RunState } from '../../store/slices/run-slice.ts';
import { useStore } from '../../store/store.ts';
import { formatBytes, formatDuration, formatNumber, formatWholePercent } from '../lib/format.ts';
import type { Forecast } from '../../worker/protocol.ts';
import { useStages } from '../lib/use-planned.ts';
import { runBlocker, runWait } from './run-blocker.ts';
import classes from './run-bar.module.css';
import { useAwake } from './use-awake.ts';

/** Run, pause, step, resume and stop; where the run is; how fast it goes. */
export function RunBar() {
  const run = useStore((state) => state.run);
  const forecast = useStore((state) => state.forecast);
  const compiled = useStore((state) => state.kernelsCompiled);
  const blocked = useStore(runBlocker);
  const waits = useStore((state) => runWait(state) !== undefined);
  const replay = useStore((state) => state.replay);
  const earlier = replay?.kind === 'earlier';
  const { phase } = run;
  const active = isActive(phase);
  useAwake(phase === 'running');
  useLeaveWarning(active);
  return (
    <section className={classes.bar} aria-label="Run">
      <div className={classes.buttons}>
        {phase === 'paused' ? (
          <Button size="sm" leftSection={<Play size={16} />} onClick={resume}>
            Resume
          </Button>
        ) : active ? (
          <Button
            size="sm"
            leftSection={<Pause size={16} />}
            onClick={pause}
            disabled={phase === 'preparing'}
          >
            Pause
          </Button>
        ) : (
          <Button
            size="sm"
            leftSection={<Play size={16} />}
            onClick={() => void startRun()}
            disabled={blocked !== undefined}
            aria-describedby="run-message"
          >
            Run
          </Button>
        )}
        <Button
          size="xs"
          variant="default"
          leftSection={<StepForward size={14} />}
          onClick={step}
          disabled={phase !== 'running' && phase !== 'paused'}
        >
          Step
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<Square size={13} />}
          onClick={stop}
          disabled={!active}
        >
          Stop
        </Button>
      </div>
      <div className={classes.progress}>
        <StageBar run={run} />
        <div className={classes.lines}>
          <p
            className={classes.message}
            role="status"
            id="run-message"
            data-blocked={blocked !== undefined && !waits && !active && !earlier}
          >
            {earlier
              ? `Recorded: ${run.message}`
              : active
                ? run.message
                : (blocked ?? (replay === undefined ? run : idleRun).message)}
          </p>
          <p className={classes.forecast}>{replay === undefined && forecastText(run, forecast, compiled)}</p>
        </div>
      </div>
      <dl className={classes.numbers}>
        <Fact
          label="step"
          width={10}
          value={run.totalSteps === 0 ? '–' : `${run.step} / ${run.totalSteps}`}
        />
        <Fact
          label="steps/s"
          width={6}
          value={run.stepsPerSecond === 0 ? '–' : formatNumber(run.stepsPerSecond)}
        />
        <Fact
          label="examples/s"
          width={8}
          value={run.examplesPerSecond === 0 ? '–' : formatNumber(run.examplesPerSecond)}
        />
        <Fact label="GPU memory" width={10} value={run.gpuBytes === 0 ? '–' : formatBytes(run.gpuBytes)} />
        <Fact
          label="elapsed"
          width={12}
          value={replay === undefined ? <Elapsed run={run} /> : formatDuration(replay.at / 1000)}
        />
        <Fact label="time left" width={11} value={timeLeft(run)} />
      </dl>
    </section>
  );
}

/** Before a run what it will take, afterwards what it took beside what was forecast. */
function forecastText(run: RunState, next: Forecast | undefined, compiled: number): string {
  if (run.phase === 'done' && run.time !== undefined && run.forecast !== undefined)
    return `took ${formatDuration(worked(run.time) / 1000)}, ${formatBytes(run.gpuPeak)} · forecast ${inWords(run.forecast)}`;
  const active = isActive(run.phase);
  const known = active ? run.forecast : next;
  if (known === undefined) return '';
  if (active && run.stepsPerSecond > 0)
    return `forecast ${formatDuration(known.seconds)} · at this pace ${formatDuration(atThisPace(run))}`;
  return active || compiled >= 1
    ? `forecast here: ${inWords(known)}`
    : `forecast ${formatDuration(known.seconds)} · compiling ${formatWholePercent(compiled)}`;
}

function inWords({ seconds, gpuBytes, notes }: Forecast): string {
  return [formatDuration(seconds), formatBytes(gpuBytes), ...notes].join(', ');
}

/** Seconds that the whole run takes if its updates go on as measured; the final questions come on top. */
function atThisPace(run: RunState): number {
  const done = run.time === undefined ? 0 : worked(run.time) / 1000;
  return done + secondsLeft(run);
}

function secondsLeft({ totalSteps, step: done, stepsPerSecond }: RunState): number {
  return (totalSteps - done) / stepsPerSecond;
}

/** `width` in digits: room for the longest value, so that its neighbours stay where they are. */
function Fact({ label, width, value }: { label: string; width: number; value: ReactNode }) {
  return (
    <div style={{ minWidth: `${width * 0.5}rem` }} data-fact={label}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Time for which the run has worked. */
function Elapsed({ run: { time } }: { run: RunState }) {
  const [now, setNow] = useState(0);
  const since = time?.since;
  useEffect(() => {
    if (since === undefined) return;
    const tick = () => setNow(awakeNow());
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [since]);
  return time === undefined ? '–' : formatDuration(worked(time, now) / 1000);
}

/** To the last update at the measured pace; the final questions come on top. */
function timeLeft(run: RunState): string {
  if (!isActive(run.phase) || run.stepsPerSecond === 0) return '–';
  return formatDuration(secondsLeft(run));
}

/** One segment a stage, as wide as its share of the steps. */
function StageBar({ run }: { run: RunState }) {
  const spans = useStages();
  const total = Math.max(1, spans.at(-1)?.to ?? 1);
  return (
    <div
      className={classes.stages}
      role="progressbar"
      aria-label="Steps done"
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={run.step}
    >
      {spans.map(({ key, from, to }) => {
        const length = to - from + 1;
        const done = Math.min(Math.max(run.step - from + 1, 0), length) / length;
        return (
          <div key={key} className={classes.stage} data-stage={key} style={{ flexGrow: length }}>
            <div className={classes.done} style={{ width: `${done * 100}%` }} />
            <StageName label={stageLabels[key]} />
          </div>
        );
      })}
    </div>
  );
}

/** “2 · distil”; where that has no room, “2”. */
function StageName({ label }: { label: string }) {
  const [number, ...words] = label.split(' ');
  return (
    <span title={label}>
      {number} <em>{words.join(' ')}</em>
    </span>
  );
}

function useLeaveWarning(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [active]);
}
