import { Checkbox, Table } from '@mantine/core';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { memo, useMemo } from 'react';
import { isActive } from '../../store/slices/run-slice.ts';
import { maxOverlays, toggleOverlay } from '../../store/kept/overlays.ts';
import { fieldAt } from '../../store/slices/recipe-slice.ts';
import type { RunRow } from '../../store/slices/runs-slice.ts';
import { useStore } from '../../store/store.ts';
import {
  formatDuration,
  formatNumber,
  formatPercent,
  formatPoints,
  formatWholePercent,
  shortAdapter,
} from '../lib/format.ts';
import { formatWhen } from './dates.ts';
import { RunActions } from './run-actions.tsx';
import { fieldName } from './field-name.ts';
import { columnOf, distinctNames, fieldText, sweptFields, type Sort, type SortKey } from './sorting.ts';
import classes from './runs.module.css';

interface Column {
  key: SortKey;
  label: string;
  title: string;
  number?: boolean;
}

const nameColumn: Column = {
  key: 'name',
  label: 'run',
  title: 'As it was called, or what its recipe does differently from the default one',
};
const columns: Column[] = [
  {
    key: 'after',
    label: 'before → after',
    title:
      'Exact match of the student; range: 95 % of resampled question sets, and of seeds where there are several',
    number: true,
  },
  {
    key: 'gain',
    label: 'over control',
    title:
      'Points over the best of the arms beside it, on the same questions; range as before, in colour where it is more than chance',
    number: true,
  },
  { key: 'loss', label: 'loss', title: 'Weighted sum, mean of the last ten steps, nats', number: true },
  { key: 'step', label: 'steps', title: 'Updates done, and of how many', number: true },
  { key: 'seed', label: 'seed', title: 'Seed of the run', number: true },
  { key: 'outcome', label: 'outcome', title: 'How it ended' },
  {
    key: 'seconds',
    label: 'took',
    title: 'Time at work from Run to the last event, rests left out',
    number: true,
  },
  { key: 'startedAt', label: 'when', title: 'When Run was pressed' },
  { key: 'adapter', label: 'adapter', title: 'What computed it' },
];

/** One row a run. Scrolls sideways by itself where it has no room. */
export function RunTable(props: { rows: readonly RunRow[]; sort: Sort; onSort: (sort: Sort) => void }) {
  const { rows, sort, onSort } = props;
  const overlays = useStore((state) => state.overlays);
  const shown = useStore((state) => state.replay?.record.id);
  const active = useStore((state) => isActive(state.run.phase));
  const trains = useStore(({ run, present }) => (isActive(run.phase) ? present?.id : undefined));
  const names = useMemo(() => distinctNames(rows), [rows]);
  const swept = useMemo(() => sweptFields(rows), [rows]);
  const fieldColumns = swept.map((path): Column => ({
    key: columnOf(path),
    label: fieldName(path),
    title: 'Varied in a sweep',
    number: true,
  }));
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label="Table of runs">
      <Table className={classes.table} highlightOnHover withRowBorders>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>
              <span className="visually-hidden">draw in the charts</span>
            </Table.Th>
            {[nameColumn, ...fieldColumns, ...columns].map(({ key, label, title, number }) => (
              <Table.Th
                key={key}
                data-number={number}
                aria-sort={sort.by !== key ? 'none' : sort.descending ? 'descending' : 'ascending'}
              >
                <button
                  type="button"
                  title={title}
                  onClick={() =>
                    onSort({ by: key, descending: sort.by === key ? !sort.descending : key !== 'name' })
                  }
                >
                  {label}
                  {sort.by === key && (sort.descending ? <ArrowDown size={11} /> : <ArrowUp size={11} />)}
                </button>
              </Table.Th>
            ))}
            <Table.Th>
              <span className="visually-hidden">actions</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => {
            const drawn = overlays.some(({ id }) => id === row.id);
            return (
              <Row
                key={row.id}
                row={row}
                name={names.get(row.id) ?? row.name}
                drawn={drawn}
                mayDraw={drawn || overlays.length < maxOverlays}
                swept={swept}
                shown={row.id === shown}
                active={active}
                trains={row.id === trains}
              />
            );
          })}
        </Table.Tbody>
      </Table>
    </div>
  );
}

interface RowProps {
  row: RunRow;
  name: string;
  drawn: boolean;
  mayDraw: boolean;
  /** Fields, by path, that have a column. */
  swept: readonly string[];
  shown: boolean;
  /** True while some run goes on. */
  active: boolean;
  /** True while it is this one. */
  trains: boolean;
}

const Row = memo(function Row({ row, name, drawn, mayDraw, swept, shown, active, trains }: RowProps) {
  return (
    <Table.Tr data-shown={shown}>
      <Table.Td>
        <Checkbox
          size="xs"
          aria-label={`Draw ${name} in the charts`}
          checked={drawn}
          disabled={!mayDraw}
          onChange={() => void toggleOverlay(row.id)}
        />
      </Table.Td>
      <Table.Th scope="row" className={classes.name} title={row.wholeName}>
        {name}
        {row.note !== undefined && <small title={row.note}>{row.note}</small>}
      </Table.Th>
      {swept.map((path) => (
        <Table.Td key={path} data-number data-field={path}>
          {row.recipe.blind === true ? '?' : fieldText(fieldAt(row.recipe, path))}
        </Table.Td>
      ))}
      <Table.Td data-number>
        <Accuracy row={row} />
      </Table.Td>
      <Table.Td data-number title={row.gain && `over ${row.gain.over}`}>
        <Gain row={row} />
      </Table.Td>
      <Table.Td data-number>{row.loss === undefined ? '–' : formatNumber(row.loss)}</Table.Td>
      <Table.Td data-number>
        {row.step} / {row.totalSteps}
      </Table.Td>
      <Table.Td data-number>{row.recipe.seed}</Table.Td>
      <Table.Td>{outcomeOf(row, trains)}</Table.Td>
      <Table.Td
        data-number
        title={
          row.sweep?.together === undefined
            ? undefined
            : `The time of a run that trained ${row.sweep.together} settings together`
        }
      >
        {formatDuration(row.seconds)}
        {row.sweep?.together !== undefined && <small>for {row.sweep.together} settings</small>}
      </Table.Td>
      <Table.Td>
        <time dateTime={row.startedAt}>{formatWhen(row.startedAt)}</time>
      </Table.Td>
      <Table.Td className={classes.adapter} title={row.adapter}>
        {shortAdapter(row.adapter)}
      </Table.Td>
      <Table.Td className={classes.actions}>
        <RunActions row={row} active={active} trains={trains} />
      </Table.Td>
    </Table.Tr>
  );
});

function Accuracy({ row: { before, after, questions, final } }: { row: RunRow }) {
  if (before === undefined || after === undefined) return '–';
  return (
    <>
      {formatPercent(before)} → <b>{formatPercent(after.mean)}</b>
      <small>
        {Math.round(after.low * 100)}–{formatWholePercent(after.high)} · {questions}
        {final ? ' asked' : ' asked live'}
      </small>
    </>
  );
}

function Gain({ row: { gain } }: { row: RunRow }) {
  if (gain === undefined) return '–';
  return (
    <>
      <b data-sign={gain.sign}>{formatPoints(gain.mean)}</b>
      <small>
        {formatPoints(gain.low)} to {formatPoints(gain.high)}
      </small>
    </>
  );
}

/** A record that still runs while this page does not train it was cut off by a reload. */
function outcomeOf({ outcome }: RunRow, trains: boolean): string {
  if (outcome === 'running') return trains ? 'running' : 'cut off';
  return outcome;
}
