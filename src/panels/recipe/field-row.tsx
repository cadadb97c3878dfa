import { Chip, Select, Switch, Tooltip } from '@mantine/core';
import { RotateCcw } from 'lucide-react';
import { lazy, Suspense, type ReactElement } from 'react';
import { askedOf } from '../../engine/data/asked-of.ts';
import { describeField, numberKind } from '../../engine/recipe/field-schema.ts';
import type { ObjectiveKey } from '../../engine/recipe/objectives.ts';
import { defaultRecipe, fieldDefaults } from '../../engine/recipe/schema.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { isOfText } from '../../engine/recipe/splits.ts';
import { fieldAt } from '../../store/slices/recipe-slice.ts';
import { useStore } from '../../store/store.ts';
import { insideLandmark } from '../lib/tooltip-place.ts';
import { Formula } from '../formula/formula.tsx';
import { ArmChoice } from './arm-choice.tsx';
import type { Field } from './fields.ts';
import { formulaLines } from './formulas.ts';
import { NumberField } from './number-field.tsx';
import classes from './recipe-panel.module.css';

/** The same where no pictures are asked about. */
const textDefaults = askedOf(fieldDefaults, false);

const ObjectiveNote = lazy(() => import('./objective-note.tsx'));

/** One field: label, default, control, and what is wrong with it; nothing where the recipe is without what the field is of. */
export function FieldRow({ field, disabled, live }: { field: Field; disabled: boolean; live: boolean }) {
  const value = useStore((state) => fieldAt(state.draft, field.path));
  const issue = useStore(
    (state) =>
      state.issues.find(
        // What is wrong with a field of a part stands beside that.
        ({ path }) => path === field.path || (field.kind !== 'part' && path.startsWith(`${field.path}.`)),
      )?.message,
  );
  const setField = useStore((state) => state.setField);
  const text = useStore((state) => isOfText(state.draft.evaluation.split));
  const initial = fieldAt(
    field.kind === 'part' ? defaultRecipe : text ? textDefaults : fieldDefaults,
    field.path,
  );
  const changed = JSON.stringify(value) !== JSON.stringify(initial);
  if (value === undefined && field.kind !== 'part') return null;
  const id = `field-${field.path.replace(/\./g, '-')}`;
  const usual = field.kind === 'part' ? 'off' : inWords(initial);
  const help = `${describeField(field.path) ?? ''} Default: ${usual}.`.trim();
  const grouped = field.kind === 'many' || field.kind === 'arms';
  const label = grouped ? (
    <span className={classes.label} id={id}>
      {field.label}
    </span>
  ) : (
    <label className={classes.label} htmlFor={id}>
      {field.label}
    </label>
  );
  const row = (
    <div className={classes.row}>
      {/* The chips of arms have help of their own. */}
      {field.kind === 'arms' ? <Help text={help}>{label}</Help> : label}
      <span className="visually-hidden" id={`${id}-help`}>
        {help}
      </span>
      {live && <span className={classes.live}>live</span>}
      {changed && !disabled && (
        <button
          type="button"
          className={classes.reset}
          aria-label={`Reset ${field.label} to ${usual}`}
          onClick={() => setField(field.path, initial)}
        >
          <RotateCcw size={11} /> {field.kind === 'number' && usual}
        </button>
      )}
      <Control id={id} field={field} value={value} invalid={issue !== undefined} disabled={disabled} />
    </div>
  );
  return (
    <div className={classes.field} data-kind={field.kind}>
      {field.kind === 'arms' ? row : <Help text={help}>{row}</Help>}
      <Formulas lines={formulaLines(field.path, value)} />
      {field.path === 'objective' && (
        <div className={classes.note}>
          <Suspense>
            <ObjectiveNote objective={value as ObjectiveKey} />
          </Suspense>
        </div>
      )}
      {issue !== undefined && (
        <p className={classes.issue} id={`${id}-issue`} role="alert">
          {issue}
        </p>
      )}
    </div>
  );
}

/** What a field means and its default, beside the form so that no control is hidden; also for whoever comes by keyboard. */
function Help({ text, children }: { text: string; children: ReactElement }) {
  return (
    <Tooltip
      label={text}
      {...insideLandmark}
      multiline
      w={260}
      openDelay={400}
      position="right-start"
      // A phone has no room beside the form.
      middlewares={{ flip: { fallbackPlacements: ['top-start', 'bottom-start'] } }}
      events={{ hover: true, focus: true, touch: false }}
    >
      {children}
    </Tooltip>
  );
}

function Formulas({ lines }: { lines: readonly string[] }) {
  return lines.map((tex) => (
    <div key={tex} className={classes.formula}>
      <Formula tex={tex} />
    </div>
  ));
}

function Control(props: { id: string; field: Field; value: unknown; invalid: boolean; disabled: boolean }) {
  const { id, field, value, invalid, disabled } = props;
  const setField = useStore((state) => state.setField);
  const described = `${id}-help${invalid ? ` ${id}-issue` : ''}`;
  switch (field.kind) {
    case 'number':
      return (
        <NumberField
          id={id}
          className={classes.number}
          value={value as number | string}
          step={field.step}
          kind={numberKind(field.path)!}
          disabled={disabled}
          error={invalid}
          describedBy={described}
          onChange={(next) => setField(field.path, next)}
        />
      );
    case 'choice':
      return (
        <Select
          id={id}
          className={classes.choice}
          size="xs"
          value={value as string}
          data={field.options}
          allowDeselect={false}
          disabled={disabled}
          aria-describedby={described}
          onChange={(next) => next !== null && setField(field.path, next)}
        />
      );
    case 'switch':
      return (
        <Switch
          id={id}
          size="xs"
          checked={value as boolean}
          aria-describedby={described}
          disabled={disabled}
          onChange={(event) => setField(field.path, event.currentTarget.checked)}
        />
      );
    case 'part':
      return (
        <Switch
          id={id}
          size="xs"
          checked={value !== undefined}
          aria-describedby={described}
          disabled={disabled}
          onChange={(event) =>
            setField(field.path, event.currentTarget.checked ? fieldAt(fieldDefaults, field.path) : undefined)
          }
        />
      );
    case 'arms':
      return <ArmChoice id={id} disabled={disabled} />;
    case 'many':
      return (
        <Chip.Group
          multiple
          value={value as string[]}
          // In the form's order: the same choice is the same recipe, whatever was clicked first.
          onChange={(next) =>
            setField(
              field.path,
              field.options.map((option) => option.value).filter((option) => next.includes(option)),
            )
          }
        >
          <div className={classes.chips} role="group" aria-labelledby={id}>
            {field.options.map((option) => (
              <Chip key={option.value} value={option.value} size="xs" disabled={disabled}>
                {option.label}
              </Chip>
            ))}
          </div>
        </Chip.Group>
      );
  }
}

function inWords(value: unknown): string {
  if (isArms(value)) return value.map(({ label }) => label).join(', ') || 'nothing';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function isArms(value: unknown): value is Recipe['arms'] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'object');
}
