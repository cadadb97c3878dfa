import { ActionIcon, Progress, Select } from '@mantine/core';
import { useClickOutside } from '@mantine/hooks';
import { ArrowRight, ChevronDown, ChevronUp } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { dataWord } from '../../engine/recipe/splits.ts';
import { loadPair } from '../../store/engine/load-pair.ts';
import { isBusy } from '../../store/slices/sweep-slice.ts';
import { useStore } from '../../store/store.ts';
import type { ModelReport } from '../../worker/protocol.ts';
import { formatBytes, formatCount } from '../lib/format.ts';
import classes from './pair-bar.module.css';

// What nobody has opened yet.
const ModelCards = lazy(() => import('./model-cards.tsx'));

/** Stands in the list of pairs for what a person brings. */
const ownModel = 'own';
const ownData = 'own-data';
const openOwn = () => useStore.setState({ ownModel: { role: 'student', step: 'choose' } });

/** Which teacher and student, in one line that opens to what they are; how their loading goes. */
export function PairBar() {
  const pairs = useStore((state) => state.pairs);
  const selected = useStore((state) => state.draft.pair);
  const word = useStore(({ draft }) => dataWord(draft.evaluation.split));
  const recorded = useStore(({ replay }) =>
    replay?.kind === 'recorded' ? replay.record.recipe.pair : undefined,
  );
  const active = useStore((state) => isBusy(state) || state.load.status === 'loading');
  const [open, setOpen] = useState(false);
  const bar = useClickOutside<HTMLElement>(() => setOpen(false));
  const pair = pairs.find(({ key }) => key === (recorded ?? selected));
  return (
    <section className={classes.bar} aria-label="Teacher and student" ref={bar}>
      <Select
        className={classes.choose}
        aria-label="Pair"
        size="xs"
        value={selected}
        disabled={active || pairs.length === 0}
        data={[
          ...pairs.map(({ key, label }) => ({ value: key, label })),
          { value: ownModel, label: 'Your own model…' },
          { value: ownData, label: `Your own ${word}…` },
        ]}
        allowDeselect={false}
        onChange={(key) => {
          if (key === ownModel) openOwn();
          else if (key === ownData) useStore.setState({ ownData: { step: 'choose' } });
          else if (key !== null) void loadPair(key);
        }}
        aria-describedby="pair-about"
      />
      {pair !== undefined && (
        <>
          <p className={classes.line}>
            <ModelName role="Teacher" model={pair.teacher} />
            <ArrowRight className={classes.arrow} aria-label="teaches" size={15} />
            <ModelName role="Student" model={pair.student} />
          </p>
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label="What both models are"
            title="What both models are"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {open ? <ChevronUp size={16} /> : <ChevronDown size={16} />}
          </ActionIcon>
        </>
      )}
      <LoadState />
      {open && pair !== undefined && (
        <Suspense>
          <ModelCards pair={pair} />
        </Suspense>
      )}
    </section>
  );
}

function ModelName({ role, model }: { role: 'Teacher' | 'Student'; model: ModelReport }) {
  return (
    <span className={classes.short} data-role={role.toLowerCase()}>
      <i>{role}</i> <b>{model.names.family}</b> <small>{formatCount(model.parameters)}</small>
    </span>
  );
}

function LoadState() {
  const load = useStore((state) => state.load);
  const refused = useStore((state) => state.device.status === 'failed');
  if (load.status === 'ready')
    return (
      <p className={classes.state} id="pair-about">
        Loaded and checked.
      </p>
    );
  if (load.status === 'failed' || refused)
    return (
      <p className={classes.state} id="pair-about">
        {load.status === 'failed' ? 'Not loaded.' : 'Not loaded: no graphics device.'}
      </p>
    );
  const files = load.status === 'loading' ? Object.values(load.files) : [];
  const loaded = files.reduce((sum, file) => sum + file.loadedBytes, 0);
  const total = files.reduce((sum, file) => sum + file.totalBytes, 0);
  return (
    <div id="pair-about" className={classes.state}>
      <Progress
        value={total === 0 ? 0 : (loaded / total) * 100}
        size="sm"
        aria-label="Loading checkpoints and pictures"
      />
      {total === 0
        ? 'Waiting for the device…'
        : `${formatBytes(loaded)} of ${formatBytes(total)} · ${files.at(-1)?.file.split('/').at(-1)}`}
    </div>
  );
}
