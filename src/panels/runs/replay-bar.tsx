import { ActionIcon, Badge, Button, SegmentedControl } from '@mantine/core';
import { Pause, Play, RotateCcw, SkipForward, X, type LucideIcon } from 'lucide-react';
import { close, hold, play, usualSpeed } from '../../store/run/replay.ts';
import { isActive } from '../../store/slices/run-slice.ts';
import { stepToGoOn } from '../../store/kept/save-points.ts';
import { goOnWith } from '../../store/run/go-on.ts';
import type { Replay } from '../../store/slices/replay-slice.ts';
import { useStore } from '../../store/store.ts';
import { formatDuration, shortAdapter } from '../lib/format.ts';
import { formatDay } from './dates.ts';
import classes from './replay-bar.module.css';

const speeds = [
  { value: '1', label: '1×' },
  { value: '10', label: '10×' },
  { value: '50', label: '50×' },
];

/** Says that what the panels show is a record, and moves it. */
export default function ReplayBar({ replay }: { replay: Replay }) {
  const { record, kind, name, at, length, timer, speed } = replay;
  const { id, adapter, startedAt } = record;
  const step = useStore((state) => stepToGoOn(id, state));
  const mayGoOn = useStore(({ device, run }) => device.status === 'ready' && !isActive(run.phase));
  const failure = useStore((state) => state.run.failure);
  const action = useStore(({ device }) => (device.status === 'failed' ? device.failure.action : undefined));
  const over = at >= length;
  const chosen = speed === Infinity ? usualSpeed : speed;
  const about = [
    `recorded on ${shortAdapter(adapter)}, ${formatDay(startedAt)}; nothing is being trained now.`,
    failure !== undefined && over && `It failed: ${failure.message.split('\n')[0]}`,
    action !== undefined && `To train here: ${action}`,
  ]
    .filter((part) => typeof part === 'string')
    .join(' ');
  return (
    <section className={classes.replay} aria-label="Recorded run">
      <Badge variant="filled" color="grape" tt="none" radius="sm" size="lg">
        {kind === 'recorded' ? 'Recorded run' : 'Earlier run'}
      </Badge>
      <p className={classes.text} title={`${name}: ${about}`}>
        <b>{name}</b> {about}
      </p>
      <div className={classes.controls}>
        <span className={classes.clock}>
          {formatDuration(at / 1000)} of {formatDuration(length / 1000)}
        </span>
        {timer !== undefined ? (
          <Control icon={Pause} label="Hold" onClick={hold} />
        ) : over ? (
          <Control icon={RotateCcw} label="Play again" onClick={() => play()} />
        ) : (
          <Control icon={Play} label="Play" onClick={() => play()} />
        )}
        <SegmentedControl
          className={classes.speeds}
          size="xs"
          aria-label="Speed"
          data={speeds}
          value={String(chosen)}
          onChange={(value) => play(Number(value))}
        />
        <Control icon={SkipForward} label="To the end" disabled={over} onClick={() => play(Infinity)} />
        {step !== undefined && (
          <Button size="compact-xs" disabled={!mayGoOn} onClick={() => void goOnWith(id)}>
            {step === 0 ? 'Begin again' : `Go on from step ${step}`}
          </Button>
        )}
        <Control icon={X} label="Close the recorded run" onClick={close} />
      </div>
    </section>
  );
}

function Control(props: { icon: LucideIcon; label: string; disabled?: boolean; onClick: () => void }) {
  const { icon: Drawing, label, disabled, onClick } = props;
  return (
    <ActionIcon
      size={24}
      variant="default"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Drawing size={14} />
    </ActionIcon>
  );
}
