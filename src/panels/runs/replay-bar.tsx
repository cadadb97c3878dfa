import { Badge, Button, SegmentedControl } from '@mantine/core';
import { Pause, Play, X } from 'lucide-react';
import { close, hold, play, usualSpeed } from '../../store/run/replay.ts';
import { isActive } from '../../store/slices/run-slice.ts';
import { stepToGoOn } from '../../store/kept/save-points.ts';
import { goOnWith } from '../../store/run/go-on.ts';
import type { Replay } from '../../store/slices/replay-slice.ts';
import { useStore } from '../../store/store.ts';
import { formatDuration, shortAdapter } from '../lib/format.ts';
import { formatDay } from './dates.ts';
import classes from './notices.module.css';

const speeds = [
  { value: '1', label: '1×' },
  { value: '10', label: '10×' },
  { value: '50', label: '50×' },
];

/** Says that what the panels show is a record, and moves it. */
export function ReplayBar({ replay }: { replay: Replay }) {
  const { record, kind, name, at, length, timer, speed } = replay;
  const { id, adapter, startedAt } = record;
  const step = useStore((state) => stepToGoOn(id, state));
  const mayGoOn = useStore(({ device, run }) => device.status === 'ready' && !isActive(run.phase));
  const failure = useStore((state) => state.run.failure);
  const action = useStore(({ device }) => (device.status === 'failed' ? device.failure.action : undefined));
  const over = at >= length;
  const chosen = speed === Infinity ? usualSpeed : speed;
  return (
    <section className={classes.replay} aria-label="Recorded run">
      <Badge variant="filled" color="grape" tt="none" radius="sm">
        {kind === 'recorded' ? 'Recorded run' : 'Earlier run'}
      </Badge>
      <p className={classes.text}>
        <b>{name}</b>
        <span title={adapter}>
          recorded on {shortAdapter(adapter)}, {formatDay(startedAt)}; nothing is being trained now.
          {failure !== undefined && over && ` It failed: ${failure.message.split('\n')[0]}`}
        </span>
        {action !== undefined && <span>To train here: {action}</span>}
      </p>
      <div className={classes.controls}>
        <span className={classes.clock}>
          {formatDuration(at / 1000)} of {formatDuration(length / 1000)}
        </span>
        {timer !== undefined ? (
          <Button size="compact-xs" variant="default" leftSection={<Pause size={12} />} onClick={hold}>
            Hold
          </Button>
        ) : (
          <Button size="compact-xs" variant="default" leftSection={<Play size={12} />} onClick={() => play()}>
            {over ? 'Play again' : 'Play'}
          </Button>
        )}
        <SegmentedControl
          size="xs"
          aria-label="Speed"
          data={speeds}
          value={String(chosen)}
          onChange={(value) => play(Number(value))}
        />
        <Button size="compact-xs" variant="default" disabled={over} onClick={() => play(Infinity)}>
          To the end
        </Button>
        {step !== undefined && (
          <Button size="compact-xs" disabled={!mayGoOn} onClick={() => void goOnWith(id)}>
            {step === 0 ? 'Begin again' : `Go on from step ${step}`}
          </Button>
        )}
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<X size={12} />}
          onClick={close}
          aria-label="Close the recorded run"
        >
          Close
        </Button>
      </div>
    </section>
  );
}
