import { Button, Chip, SegmentedControl, Select, Switch, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { withField } from '../../engine/recipe/arms.ts';
import { numberKind } from '../../engine/recipe/field-schema.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { isOfText, validationOf } from '../../engine/recipe/splits.ts';
import { readNumbers } from '../../engine/recipe/text/typed-numbers.ts';
import { isLog, planSweep, type SweepAxis } from '../../engine/sweep/plan.ts';
import type { SweepRun } from '../../engine/sweep/runs.ts';
import { fieldAt } from '../../store/slices/recipe-slice.ts';
import { isActive } from '../../store/slices/run-slice.ts';
import { useStore } from '../../store/store.ts';
import { startSweep } from '../../store/run/sweep.ts';
import { Dialog } from '../frame/dialog.tsx';
import { counted } from '../lib/counted.ts';
import { formatDuration } from '../lib/format.ts';
import { fieldGroupsFor, loraGroup, type Field } from '../recipe/fields.ts';
import { NumberField } from '../recipe/number-field.tsx';
import { fieldName } from './field-name.ts';
import { fieldText } from './sorting.ts';
import { useForeseen } from './use-foreseen.ts';
import classes from './sweep.module.css';

type Varied = Extract<Field, { kind: 'number' | 'choice' | 'switch' }>;

const varied = new Set(['number', 'choice', 'switch']);

const fieldsFor = (pictures: boolean) =>
  [...fieldGroupsFor(pictures), loraGroup].flatMap(({ title, fields: own }) =>
    own
      .filter((field): field is Varied => varied.has(field.kind))
      .filter(({ path }) => !/^(?:seeds?|evaluation\..*|logEverySteps)$/.test(path))
      .map((field) => ({ group: title, field })),
  );

interface Choice {
  path: string;
  /** Numbers as typed: “1e-3, 2e-3”, or “1e-4 1e-2” for from … to. */
  text: string;
  chosen: string[];
}

const nothing: Choice = { path: '', text: '', chosen: [] };

/** Plans settings that differ in one or two fields, and has them trained. */
export function SweepDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const draft = useStore((state) => state.draft);
  const mayRun = useStore(
    ({ load, run, issues }) => load.status === 'ready' && !isActive(run.phase) && issues.length === 0,
  );
  const [mode, setMode] = useState('grid');
  const [first, setFirst] = useState<Choice>({
    ...nothing,
    path: 'stages.distil.learningRate',
    text: '5e-4, 1e-3, 2e-3',
  });
  const [second, setSecond] = useState(nothing);
  const [samples, setSamples] = useState<number | string>(8);
  const [seeds, setSeeds] = useState<number | string>(draft.seeds);
  const [validation, setValidation] = useState(true);
  const axes = useMemo(
    () =>
      [first, second].filter(({ path }) => path !== '').map((choice) => axisOf(choice, mode === 'random')),
    [first, second, mode],
  );
  const plan = useMemo(() => {
    const base = validation
      ? withField(draft, 'evaluation.split', validationOf(draft.evaluation.split))
      : draft;
    const unread = axes.find((axis) => 'message' in axis);
    if (unread !== undefined) return { ok: false as const, message: unread.message };
    const counts = [countOf(samples, 'settings to try', 64), countOf(seeds, 'seeds for each', 10)];
    const wrong = counts.find((count) => typeof count === 'string');
    if (wrong !== undefined) return { ok: false as const, message: wrong };
    const [settings, each] = counts as [number, number];
    return planSweep({ axes: axes as SweepAxis[], samples: settings, seeds: each }, base as Recipe);
  }, [axes, samples, seeds, draft, validation]);
  const runs = useForeseen(opened && mayRun && plan.ok ? plan.recipes : undefined);
  const logarithmic = axes.some((axis) => 'range' in axis && 'low' in axis.range && isLog(axis.range));
  return (
    <Dialog title="Sweep" opened={opened} onClose={onClose} size="lg">
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!plan.ok || !mayRun) return;
          onClose();
          void startSweep(
            plan.recipes,
            axes.flatMap((axis) => ('path' in axis ? axis.path : [])),
          );
        }}
      >
        <p>
          The present recipe with one or two of its fields changed. Settings that can share the teacher and
          the batches are trained together, as students of one run; a record of each is kept.
        </p>
        <SegmentedControl
          size="xs"
          aria-label="Kind of sweep"
          value={mode}
          onChange={setMode}
          data={[
            { value: 'grid', label: 'every combination' },
            { value: 'random', label: 'spread over ranges' },
          ]}
        />
        <AxisChoice label="Field" choice={first} onChange={setFirst} ranges={mode === 'random'} />
        <AxisChoice label="Second field" choice={second} onChange={setSecond} ranges={mode === 'random'} />
        <div className={classes.row}>
          {mode === 'random' && (
            <NumberField
              label="settings to try"
              kind="whole"
              step={1}
              value={samples}
              error={typeof countOf(samples, '', 64) === 'string'}
              onChange={setSamples}
            />
          )}
          <NumberField
            label="seeds for each"
            kind="whole"
            step={1}
            value={seeds}
            error={typeof countOf(seeds, '', 10) === 'string'}
            onChange={setSeeds}
          />
        </div>
        <p className={classes.note}>
          Seeds are trained at once: on the examples and the teacher’s answers of the recipe’s own seed, each
          with its own order, batches and Recalibrator. The table has their mean and range.
        </p>
        <Switch
          size="xs"
          label="ask about what is for validation: whoever chooses by the held-out ones has nothing left to check with"
          checked={validation}
          onChange={(event) => setValidation(event.currentTarget.checked)}
        />
        <p role="status" data-refused={!plan.ok} className={classes.plan}>
          {plan.ok
            ? [
                counted(plan.recipes.length, 'setting'),
                plan.repeated > 0 &&
                  `${plan.repeated} more ${plan.repeated === 1 ? 'setting is' : 'settings are'} the same as another and not run again`,
                runs && howTrained(runs),
                runs && howLong(runs),
                logarithmic && 'spread evenly in the logarithm',
                !mayRun && 'nothing can be trained just now',
              ]
                .filter(Boolean)
                .join(' · ')
            : plan.message}
        </p>
        <Button type="submit" size="xs" disabled={!plan.ok || !mayRun}>
          Start the sweep
        </Button>
      </form>
    </Dialog>
  );
}

/** How many of the settings share a run. */
function howTrained(runs: readonly SweepRun[]): string | undefined {
  if (runs.length === 1) return runs[0]!.settings.length > 1 ? 'trained together' : undefined;
  const together = runs.filter(({ settings }) => settings.length > 1);
  return together.length === 0
    ? 'one after the other'
    : `in ${runs.length} runs, of ${runs.map(({ settings }) => settings.length).join(', ')}`;
}

function howLong(runs: readonly SweepRun[]): string | undefined {
  const seconds = runs.map((run) => run.seconds ?? Number.NaN).reduce((a, b) => a + b, 0);
  return Number.isNaN(seconds) ? undefined : `about ${formatDuration(seconds)} on this adapter`;
}

function AxisChoice(props: {
  label: string;
  choice: Choice;
  ranges: boolean;
  onChange: (choice: Choice) => void;
}) {
  const { label, choice, ranges, onChange } = props;
  const draft = useStore((state) => state.draft);
  const field = fieldOf(choice.path);
  const fields = fieldsFor(!isOfText(draft.evaluation.split));
  const data = [...new Set(fields.map(({ group }) => group))].map((group) => ({
    group,
    items: fields
      .filter((entry) => entry.group === group)
      .map((entry) => ({ value: entry.field.path, label: fieldName(entry.field.path) })),
  }));
  return (
    <fieldset className={classes.axis}>
      <legend className="visually-hidden">{label}</legend>
      <Select
        size="xs"
        label={label}
        placeholder="none"
        clearable={label !== 'Field'}
        searchable
        data={data}
        value={choice.path === '' ? null : choice.path}
        onChange={(path) => onChange({ ...nothing, path: path ?? '' })}
      />
      {field?.kind === 'number' && (
        <TextInput
          size="xs"
          label={`${ranges ? 'from, to' : 'values'}${draft.blind === true ? '' : ` (now ${fieldText(fieldAt(draft, field.path))})`}`}
          placeholder={ranges ? '1e-4, 1e-2' : '5e-4, 1e-3, 2e-3'}
          value={choice.text}
          onChange={(event) => onChange({ ...choice, text: event.currentTarget.value })}
        />
      )}
      {field !== undefined && field.kind !== 'number' && (
        <Chip.Group multiple value={choice.chosen} onChange={(chosen) => onChange({ ...choice, chosen })}>
          <div className={classes.chips} role="group" aria-label={`Values of ${fieldName(field.path)}`}>
            {optionsOf(field).map(({ value, label: text }) => (
              <Chip key={value} size="xs" value={value}>
                {text}
              </Chip>
            ))}
          </div>
        </Chip.Group>
      )}
    </fieldset>
  );
}

function fieldOf(path: string): Varied | undefined {
  return fieldsFor(true).find((entry) => entry.field.path === path)?.field;
}

function optionsOf(field: Exclude<Varied, { kind: 'number' }>): { value: string; label: string }[] {
  if (field.kind === 'choice') return field.options;
  return [
    { value: 'true', label: 'on' },
    { value: 'false', label: 'off' },
  ];
}

/** An axis as typed and chosen, or why its text cannot be read. */
function axisOf({ path, text, chosen }: Choice, ranges: boolean): SweepAxis | { message: string } {
  const field = fieldOf(path);
  if (field?.kind === 'number') {
    const kind = numberKind(path)!;
    const numbers = readNumbers(text, kind);
    if (!numbers.ok) return { message: `${fieldName(path)}: ${numbers.message}` };
    if (!ranges) return { path, range: numbers.values };
    const [low = Number.NaN, high = Number.NaN] = numbers.values;
    if (numbers.values.length > 2) return { message: `${fieldName(path)}: Give two numbers, from and to.` };
    return { path, range: { low, high, integer: kind === 'whole' } };
  }
  return { path, range: field?.kind === 'switch' ? chosen.map((value) => value === 'true') : chosen };
}

/** A count as typed, or what is wrong with it. */
function countOf(typed: number | string, label: string, most: number): number | string {
  const fits = typeof typed === 'number' && typed >= 1 && typed <= most;
  return fits ? typed : `${label}: Enter a whole number from 1 to ${most}.`;
}
