import { Button, Menu, TextInput } from '@mantine/core';
import { Download, FolderOpen, Play, Rows3, Search } from 'lucide-react';
import { useDeferredValue, useMemo, useState, type ReactNode } from 'react';
import { exportRuns, type ExportKind } from '../../store/files/run-files.ts';
import { isActive } from '../../store/slices/run-slice.ts';
import { undoDeletion } from '../../store/kept/deletion.ts';
import { playRecorded } from '../../store/run/open-run.ts';
import { useStore } from '../../store/store.ts';
import { useWish } from '../lib/use-wish.ts';
import { Panel } from '../frame/panel.tsx';
import { counted } from '../lib/counted.ts';
import { chooseRun } from '../share/choose-run.ts';
import { Parallel } from './parallel.tsx';
import { RunTable } from './run-table.tsx';
import { Unreadable } from './unreadable.tsx';
import { filterRows, sortRows, type Sort } from './sorting.ts';
import { SweepDialog } from './sweep-dialog.tsx';
import { SweepProgress } from './sweep-progress.tsx';
import classes from './runs.module.css';

const exports: [ExportKind, string][] = [
  ['runs.csv', 'table, one line a run (CSV)'],
  ['metrics.csv', 'every number (CSV)'],
  ['runs.json', 'whole runs (JSON)'],
];

/** Every run of this browser: compared in a table, drawn in the charts, opened again, taken elsewhere. */
export default function Runs({ tabs }: { tabs: ReactNode }) {
  const runs = useStore((state) => state.runs);
  const overlays = useStore((state) => state.overlays);
  const unreadable = useStore((state) => state.unreadable);
  const persistence = useStore((state) => state.persistence);
  const deleted = useStore((state) => state.deleted);
  const active = useStore((state) => isActive(state.run.phase));
  const [planning, setPlanning] = useState(false);
  useWish('sweep', () => setPlanning(true));
  const [text, setText] = useState('');
  const [sort, setSort] = useState<Sort>({ by: 'startedAt', descending: true });
  const filter = useDeferredValue(text);
  const rows = useMemo(() => sortRows(filterRows(runs ?? [], filter), sort), [runs, filter, sort]);
  const drawn = rows.filter(({ id }) => overlays.some((overlay) => overlay.id === id));
  return (
    <Panel title="Runs" aside={tabs}>
      <SweepProgress />
      {runs === undefined ? (
        <p>Reading the runs of this browser…</p>
      ) : runs.length === 0 && unreadable.length === 0 && deleted === undefined ? (
        <Empty onSweep={() => setPlanning(true)} />
      ) : (
        <>
          <div className={classes.tools}>
            <TextInput
              className={classes.filter}
              size="xs"
              aria-label="Filter runs"
              placeholder="filter: mini, MinED, seed 4 …"
              leftSection={<Search size={13} />}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            <Button
              size="compact-xs"
              variant="default"
              leftSection={<Rows3 size={13} />}
              disabled={active}
              onClick={() => setPlanning(true)}
            >
              Sweep
            </Button>
            <Menu position="bottom-end" withinPortal>
              <Menu.Target>
                <Button
                  size="compact-xs"
                  variant="default"
                  leftSection={<Download size={13} />}
                  disabled={rows.length === 0}
                >
                  Export
                </Button>
              </Menu.Target>
              <Menu.Dropdown aria-label="Export">
                {[
                  { title: `the ${counted(rows.length, 'run')} shown`, chosen: rows },
                  { title: `the ${counted(drawn.length, 'ticked run')}`, chosen: drawn },
                ]
                  .filter(({ chosen }) => chosen.length > 0)
                  .map(({ title, chosen }) => (
                    <div key={title} role="group" aria-label={title}>
                      <Menu.Label>{title}</Menu.Label>
                      {exports.map(([kind, label]) => (
                        <Menu.Item key={kind} onClick={() => void exportRuns(kind, chosen)}>
                          {label}
                        </Menu.Item>
                      ))}
                    </div>
                  ))}
              </Menu.Dropdown>
            </Menu>
            <Button
              size="compact-xs"
              variant="default"
              leftSection={<FolderOpen size={13} />}
              onClick={chooseRun}
            >
              Open a file
            </Button>
          </div>
          <p className={classes.note} role="status">
            {deleted !== undefined ? (
              <>
                Deleted “{deleted.row.name}”.{' '}
                <Button size="compact-xs" variant="light" onClick={undoDeletion}>
                  Undo
                </Button>
              </>
            ) : rows.length === 0 ? (
              `No run matches “${filter}”.`
            ) : (
              'Tick up to four runs to draw them behind the present one.'
            )}
          </p>
          <RunTable rows={rows} sort={sort} onSort={setSort} />
          <Unreadable />
          {persistence === 'refused' && (
            <p className={classes.note}>
              This browser may delete runs when the disk is full: save those that you want to keep as files.
            </p>
          )}
          <Parallel rows={rows} />
        </>
      )}
      <SweepDialog opened={planning} onClose={() => setPlanning(false)} />
    </Panel>
  );
}

function Empty({ onSweep }: { onSweep: () => void }) {
  const active = useStore((state) => isActive(state.run.phase));
  return (
    <div className={classes.empty}>
      <p>
        No run yet. Every run is recorded here, in this browser: its recipe, every loss, every score and
        answer. Compare runs, draw them over each other, open them again after a reload, or save them as
        files.
      </p>
      <div className={classes.tools}>
        <Button
          size="xs"
          variant="default"
          leftSection={<Play size={13} />}
          disabled={active}
          onClick={() => void playRecorded()}
        >
          Play a recorded run
        </Button>
        <Button size="xs" variant="default" leftSection={<FolderOpen size={13} />} onClick={chooseRun}>
          Open a file
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<Rows3 size={13} />}
          disabled={active}
          onClick={onSweep}
        >
          Sweep
        </Button>
      </div>
    </div>
  );
}
