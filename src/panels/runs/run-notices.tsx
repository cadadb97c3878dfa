import { Button } from '@mantine/core';
import { Database, History } from 'lucide-react';
import { useEffect } from 'react';
import { isActive } from '../../store/slices/run-slice.ts';
import { discardSavePoint, readEarlierRuns } from '../../store/run/settle.ts';
import { goOnWith } from '../../store/run/go-on.ts';
import type { SavePoint } from '../../store/slices/runs-slice.ts';
import { useStore } from '../../store/store.ts';
import { Chip } from '../notices/chip.tsx';
import { formatWhen } from './dates.ts';

/** What the page has to say about runs: one that was cut off, storage that refuses. */
export default function RunNotices() {
  useEffect(() => void readEarlierRuns(), []);
  const replayed = useStore((state) => state.replay !== undefined);
  // One that failed or was stopped is no longer on its way, wherever its state was saved.
  const cutOff = useStore(({ savePoints, runs }) =>
    savePoints.find(
      (point) => point.cutOff && runs?.find(({ id }) => id === point.id)?.outcome === 'running',
    ),
  );
  const asking = useStore((state) => state.persistence === 'asking');
  const notice = useStore((state) => state.runsNotice);
  const device = useStore((state) => state.device.status);
  const run = useStore((state) => state.run);
  const idle = !isActive(run.phase);
  return (
    <>
      {notice !== undefined && (
        <Chip
          tone={notice.code === 'storage-refused' || notice.code === 'engine-busy' ? 'warning' : 'fault'}
          label={notice.code === 'storage-refused' ? 'Storage' : 'Your runs'}
          open
          actions={
            <Button size="xs" variant="default" onClick={() => useStore.setState({ runsNotice: undefined })}>
              Understood
            </Button>
          }
        >
          {notice.message} <strong>{notice.action}</strong>
        </Chip>
      )}
      {asking && (
        <Chip tone="news" icon={Database} label="Storage" open>
          Your browser may ask whether this page can keep data.{' '}
          <strong>Allow it, so that runs are not deleted when the disk is full.</strong>
        </Chip>
      )}
      {!replayed && cutOff !== undefined && idle && run.failure === undefined && (
        <CutOff point={cutOff} ready={device === 'ready'} />
      )}
    </>
  );
}

function CutOff({ point, ready }: { point: SavePoint; ready: boolean }) {
  const { id, name, step, totalSteps, savedAt } = point;
  return (
    <Chip
      tone="news"
      icon={History}
      label="Cut-off run"
      open
      actions={
        <>
          <Button size="xs" disabled={!ready} onClick={() => void goOnWith(id)}>
            {step === 0 ? 'Begin the run again' : `Resume the run from step ${step}`}
          </Button>
          <Button size="xs" variant="default" onClick={() => void discardSavePoint(id)}>
            Discard
          </Button>
        </>
      }
    >
      The run “{name}” was cut off
      {step === 0
        ? ` before any of its ${totalSteps} steps was saved, ${formatWhen(savedAt)}.`
        : `. It was saved at step ${step} of ${totalSteps}, ${formatWhen(savedAt)}, and goes on exactly as it would have.`}
    </Chip>
  );
}
