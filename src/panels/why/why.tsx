import { ActionIcon, NativeSelect, SegmentedControl, Tooltip } from '@mantine/core';
import { Maximize2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useStore } from '../../store/store.ts';
import { Dialog } from '../dialog.tsx';
import { FeatureMap } from './feature-map.tsx';
import type { SpaceKey } from './plane.ts';
import { Probes } from './probes.tsx';
import classes from './why.module.css';

const views = [
  { value: 'probes', label: 'probes' },
  { value: 'teacherSpace', label: 'teacher’s space' },
  { value: 'studentSpace', label: 'student’s space' },
] as const;

/** What happens inside the Recalibrator: does it listen to the student, and do its features come to lie where the teacher's do? */
export default function Why() {
  const version = useStore((state) => state.metrics.version);
  const metrics = useStore((state) => state.metrics);
  const arms = useStore((state) => state.run.arms);
  const objective = useStore((state) => state.draft.objective);
  const [view, setView] = useState<'probes' | SpaceKey>('probes');
  const [chosen, setChosen] = useState<string>();
  const [large, setLarge] = useState(false);
  const probed = useMemo(() => {
    void version;
    const keys = new Set(metrics.probes.map(({ arm }) => arm));
    return arms.filter(({ key }) => keys.has(key));
  }, [version, metrics, arms]);
  const arm = probed.find(({ key }) => key === chosen) ?? probed[0];
  const { probes, maps } = useMemo(() => {
    void version;
    const own = (point: { arm: string }) => point.arm === arm?.key;
    return { probes: metrics.probes.filter(own), maps: metrics.features.filter(own) };
  }, [version, metrics, arm]);
  if (arm === undefined)
    return (
      <p className={classes.empty}>
        {objective === 'genrecal'
          ? 'While a run trains, this shows whether the Recalibrator listens to the student’s question features, or copies the teacher’s answer and ignores them; and how its features move towards the teacher’s.'
          : 'These probes look into the Recalibrator; this objective has none.'}
      </p>
    );
  return (
    <div className={classes.why}>
      <div className={classes.choices}>
        <SegmentedControl
          size="xs"
          aria-label="Look at"
          value={view}
          onChange={(value) => setView(value)}
          data={views.map(({ value, label }) => ({ value, label }))}
        />
        <Tooltip label="Both maps, large">
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label="Both maps, large"
            disabled={maps.length === 0}
            onClick={() => setLarge(true)}
          >
            <Maximize2 size={15} />
          </ActionIcon>
        </Tooltip>
      </div>
      {probed.length > 1 && (
        <NativeSelect
          size="xs"
          aria-label="Student"
          value={arm.key}
          data={probed.map(({ key, label }) => ({ value: key, label }))}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
      )}
      {view === 'probes' ? <Probes probes={probes} /> : <FeatureMap maps={maps} spaces={[view]} />}
      <Dialog title="Feature map" size="min(94vw, 1500px)" opened={large} onClose={() => setLarge(false)}>
        <FeatureMap maps={maps} spaces={['teacherSpace', 'studentSpace']} />
      </Dialog>
    </div>
  );
}
