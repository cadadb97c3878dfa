import { Alert, Button } from '@mantine/core';
import { CircleAlert, Database, History } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { isActive } from '../../store/slices/run-slice.ts';
import { readRuns } from '../../store/kept/run-list.ts';
import { discardSavePoint } from '../../store/kept/save-points.ts';
import { goOnWith } from '../../store/run/go-on.ts';
import type { SavePoint } from '../../store/slices/runs-slice.ts';
import { useStore } from '../../store/store.ts';
import { formatWhen } from './dates.ts';
import classes from './notices.module.css';
import { ReplayBar } from './replay-bar.tsx';

/** What the page has to say about runs: a record that is shown, a run that was cut off, storage that refuses. One at a time. */
export default function RunNotices() {
  useEffect(() => void readRuns(), []);
  const replay = useStore((state) => state.replay);
  const cutOff = useStore((state) => state.savePoints.find((point) => point.cutOff));
  const asking = useStore((state) => state.persistence === 'asking');
  const notice = useStore((state) => state.runsNotice);
  const device = useStore((state) => state.device.status);
  const run = useStore((state) => state.run);
  const idle = !isActive(run.phase);
  return (
    <>
      {notice !== undefined && (
        <Notice
          icon={<CircleAlert size={18} />}
          color={notice.code === 'storage-refused' || notice.code === 'engine-busy' ? 'orange' : 'red'}
          actions={
            <Button size="xs" variant="default" onClick={() => useStore.setState({ runsNotice: undefined })}>
              Understood
            </Button>
          }
        >
          {notice.message} <strong>{notice.action}</strong>
        </Notice>
      )}
      {asking && (
        <Notice icon={<Database size={18} />} color="blue" actions={null}>
          Your browser may ask whether this page can keep data.{' '}
          <strong>Allow it, so that runs are not deleted when the disk is full.</strong>
        </Notice>
      )}
      {replay !== undefined ? (
        <ReplayBar replay={replay} />
      ) : (
        cutOff !== undefined &&
        idle &&
        run.failure === undefined && <CutOff point={cutOff} ready={device === 'ready'} />
      )}
    </>
  );
}

function CutOff({ point, ready }: { point: SavePoint; ready: boolean }) {
  const { id, name, step, totalSteps, savedAt } = point;
  return (
    <Notice
      icon={<History size={18} />}
      color="blue"
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
    </Notice>
  );
}

function Notice(props: { icon: ReactNode; color: string; actions: ReactNode; children: ReactNode }) {
  const { icon, color, actions, children } = props;
  return (
    <Alert className={classes.notice} color={color} variant="light" icon={icon}>
      <div className={classes.row}>
        <span>{children}</span>
        <span className={classes.controls}>{actions}</span>
      </div>
    </Alert>
  );
}
