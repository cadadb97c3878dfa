import { Button, Chip, NumberInput, SegmentedControl, Select, Switch, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { withField } from '../../engine/recipe/arms.ts';
import type { Recipe } from '../../engine/recipe/schema.ts';
import { fieldAt } from '../../store/recipe-slice.ts';
import { isActive } from '../../store/run-slice.ts';
import { useStore } from '../../store/store.ts';
import { isLog, planSweep, type SweepAxis } from '../../store/sweep-plan.ts';
import { startSweep } from '../../store/sweep.ts';
import { Dialog } from '../dialog.tsx';
import { formatDuration } from '../format.ts';
import { fieldGroups, type Field } from '../recipe/fields.ts';
import classes from './sweep.module.css';

type Varied = Extract<Field, { kind: 'number' | 'choice' | 'switch' }>;

const fields = fieldGroups.flatMap(({ title, fields: own }) =>
  own
    .filter((field): field is Varied => field.kind !== 'arms' && field.kind !== 'many')
    .filter(({ path }) => path !== 'seed' && !path.startsWith('evaluation.') && path !== 'logEverySteps')
    .map((field) => ({ group: title, field })),
);

interface Choice {
  path: string;
  /** Numbers as typed: “1e-3, 2e-3”, or “1e-4 1e-2” for from … to. */
  text: string;
  chosen: string[];
}

const nothing: Choice = { path: '', text: '', chosen: [] };

/** Plans runs that differ in one or two fields, and starts them one after the other. */
export function SweepDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const draft = useStore((state) => state.draft);
  const forecast = useStore((state) => state.forecast);
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
  const [samples, setSamples] = useState(8);
  const [seeds, setSeeds] = useState(1);
  const [validation, setValidation] = useState(true);
  const axes = useMemo(
    () =>
      [first, second].filter(({ path }) => path !== '').map((choice) => axisOf(choice, mode === 'random')),
    [first, second, mode],
  );
  const plan = useMemo(() => {
    const base = validation ? withField(draft, 'evaluation.split', 'validation-style') : draft;
    return planSweep({ axes, samples, seeds }, base as Recipe);
  }, [axes, samples, seeds, draft, validation]);
  const logarithmic = axes.some(({ range }) => 'low' in range && isLog(range));
  return (
    <Dialog title="Sweep" opened={opened} onClose={onClose} size="lg">
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!plan.ok || !mayRun) return;
          onClose();
          void startSweep(plan.recipes);
        }}
      >
        <p>The present recipe, again and again, with one or two of its fields changed.</p>
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
            <NumberInput
              size="xs"
              label="settings to try"
              min={1}
              max={64}
              value={samples}
              onChange={(value) => setSamples(Math.max(1, Number(value) || 1))}
            />
          )}
          <NumberInput
            size="xs"
            label="seeds for each"
            min={1}
            max={10}
            value={seeds}
            onChange={(value) => setSeeds(Math.max(1, Number(value) || 1))}
          />
        </div>
        <Switch
          size="xs"
          label="ask about the validation drawings: whoever chooses by the held-out ones has nothing left to check with"
          checked={validation}
          onChange={(event) => setValidation(event.currentTarget.checked)}
        />
        <p role="status" data-refused={!plan.ok} className={classes.plan}>
          {plan.ok
            ? [
                `${plan.recipes.length} runs`,
                forecast && `about ${formatDuration(plan.recipes.length * forecast.seconds)} on this adapter`,
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

function AxisChoice(props: {
  label: string;
  choice: Choice;
  ranges: boolean;
  onChange: (choice: Choice) => void;
}) {
  const { label, choice, ranges, onChange } = props;
  const draft = useStore((state) => state.draft);
  const field = fieldOf(choice.path);
  const data = [...new Set(fields.map(({ group }) => group))].map((group) => ({
    group,
    items: fields
      .filter((entry) => entry.group === group)
      .map((entry) => ({ value: entry.field.path, label: entry.field.label })),
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
          label={`${ranges ? 'from, to' : 'values'} (now ${String(fieldAt(draft, field.path))})`}
          placeholder={ranges ? '1e-4, 1e-2' : '5e-4, 1e-3, 2e-3'}
          value={choice.text}
          onChange={(event) => onChange({ ...choice, text: event.currentTarget.value })}
        />
      )}
      {field !== undefined && field.kind !== 'number' && (
        <Chip.Group multiple value={choice.chosen} onChange={(chosen) => onChange({ ...choice, chosen })}>
          <div className={classes.chips} role="group" aria-label={`Values of ${field.label}`}>
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
  return fields.find((entry) => entry.field.path === path)?.field;
}

function optionsOf(field: Exclude<Varied, { kind: 'number' }>): { value: string; label: string }[] {
  if (field.kind === 'choice') return field.options;
  return [
    { value: 'true', label: 'on' },
    { value: 'false', label: 'off' },
  ];
}

function axisOf({ path, text, chosen }: Choice, ranges: boolean): SweepAxis {
  const field = fieldOf(path);
  if (field?.kind === 'number') {
    const numbers = text
      .split(/[\s,;]+/)
      .filter(Boolean)
      .map(Number);
    if (!ranges) return { path, range: numbers };
    const [low = Number.NaN, high = Number.NaN] = numbers;
    return { path, range: { low, high, integer: field.integer === true } };
  }
  return { path, range: field?.kind === 'switch' ? chosen.map((value) => value === 'true') : chosen };
}
