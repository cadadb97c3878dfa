import { Button } from '@mantine/core';
import { Pause, Play, Square, StepForward } from 'lucide-react';
import { useEffect } from 'react';
import { pause, resume, run as startRun, step, stop } from '../../store/engine.ts';
import { isActive, type RunState } from '../../store/run-slice.ts';
import { useStore } from '../../store/store.ts';
import { formatBytes, formatDuration } from '../format.ts';
import classes from './run-bar.module.css';

const stageNames = { align: '1 · align', distil: '2 · distil', finetune: '3 · fine-tune' } as const;

/** Run, pause, step, resume and stop; where the run is; how fast it goes. */
export function RunBar() {
  const run = useStore((state) => state.run);
  const issues = useStore((state) => state.issues);
  const loaded = useStore((state) => state.load.status === 'ready');
  const { phase } = run;
  const active = isActive(phase);
  useAwake(phase === 'running');
  useLeaveWarning(active);
  const blocked =
    issues.length > 0 ? 'Correct the recipe first.' : loaded ? undefined : 'The pair is not loaded yet.';
  return (
    <section className={classes.bar} aria-label="Run">
      <div className={classes.buttons}>
        {phase === 'paused' ? (
          <Button size="xs" leftSection={<Play size={14} />} onClick={resume}>
            Resume
          </Button>
        ) : active ? (
          <Button
            size="xs"
            leftSection={<Pause size={14} />}
            onClick={pause}
            disabled={phase === 'preparing'}
          >
            Pause
          </Button>
        ) : (
          <Button
            size="xs"
            leftSection={<Play size={14} />}
            onClick={() => void startRun()}
            disabled={blocked !== undefined}
            title={blocked}
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
        <p className={classes.message} role="status">
          {blocked !== undefined && !active && phase === 'idle' ? blocked : run.message}
        </p>
      </div>
      <dl className={classes.numbers}>
        <Fact label="step" value={run.totalSteps === 0 ? '–' : `${run.step} / ${run.totalSteps}`} />
        <Fact label="steps/s" value={run.stepsPerSecond === 0 ? '–' : run.stepsPerSecond.toPrecision(3)} />
        <Fact
          label="examples/s"
          value={run.examplesPerSecond === 0 ? '–' : run.examplesPerSecond.toPrecision(3)}
        />
        <Fact label="GPU memory" value={run.gpuBytes === 0 ? '–' : formatBytes(run.gpuBytes)} />
        <Fact label="time left" value={timeLeft(run)} />
      </dl>
    </section>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function timeLeft(run: RunState): string {
  if (!isActive(run.phase) || run.stepsPerSecond === 0) return '–';
  return formatDuration((run.totalSteps - run.step) / run.stepsPerSecond);
}

/** One segment a stage, as wide as its share of the steps. */
function StageBar({ run }: { run: RunState }) {
  const draft = useStore((state) => state.draft.stages);
  let next = 1;
  const planned = (['align', 'distil', 'finetune'] as const).map((key) => {
    const steps = Math.max(0, Number(draft[key].steps) || 0);
    const span = { key, from: next, to: next + steps - 1 };
    next += steps;
    return span;
  });
  const spans = run.stages.length > 0 ? run.stages : planned.filter(({ from, to }) => to >= from);
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
            <span>{stageNames[key]}</span>
          </div>
        );
      })}
    </div>
  );
}

/** Keeps the screen on while training; a refusal changes nothing. */
function useAwake(on: boolean): void {
  useEffect(() => {
    if (!on || !('wakeLock' in navigator)) return;
    const lock = navigator.wakeLock.request('screen').catch(() => undefined);
    return () => void lock.then((sentinel) => sentinel?.release());
  }, [on]);
}

function useLeaveWarning(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [active]);
}
