import { Select } from '@mantine/core';
import { RotateCcw } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { presets } from '../../engine/recipe/presets.ts';
import { isOfText } from '../../engine/recipe/splits.ts';
import { choosePreset } from '../../store/address/choose-preset.ts';
import { isActive } from '../../store/slices/run-slice.ts';
import { useStore } from '../../store/store.ts';
import { fieldGroupsFor, fieldsOf, loraGroup } from './fields.ts';
import { Group } from './group.tsx';
import { presetNotes } from './preset-notes.ts';
import classes from './recipe-panel.module.css';

const Guess = lazy(() => import('../blind/guess.tsx'));
const OwnDataNote = lazy(() => import('./own-data-note.tsx'));

/** The recipe as a form: presets, the schema's fields with their own descriptions, messages beside what they are about. */
export default function RecipePanel() {
  const active = useStore((state) => isActive(state.run.phase));
  const own = useStore((state) => state.draft.data.own);
  // The draft follows its pair (`fitDraft`).
  const pictures = useStore(({ draft }) => !isOfText(draft.evaluation.split));
  if (useStore((state) => state.draft.blind))
    return (
      <Suspense>
        <Guess />
      </Suspense>
    );
  return (
    <form className={classes.form} onSubmit={(event) => event.preventDefault()} aria-label="Recipe">
      <PresetChoice disabled={active} />
      {own !== undefined && (
        <Suspense>
          <OwnDataNote own={own} disabled={active} />
        </Suspense>
      )}
      {active && (
        <p className={classes.why}>
          Fields marked “live” take effect after the next step; the others need a new run.
        </p>
      )}
      {fieldGroupsFor(pictures).map((group) => (
        <Group key={group.title} group={{ ...group, fields: fieldsOf(group, own) }} active={active} />
      ))}
      <Group group={loraGroup} active={active} />
    </form>
  );
}

const items = (bad: boolean) =>
  presets
    .filter(({ badOnPurpose = false }) => badOnPurpose === bad)
    .map(({ key, label }) => ({ value: key, label }));
const presetGroups = [
  { group: 'To begin with', items: items(false) },
  { group: 'Bad on purpose', items: items(true) },
];

function PresetChoice({ disabled }: { disabled: boolean }) {
  const preset = useStore((state) => state.preset);
  const taken = useStore((state) => state.presetTaken);
  return (
    <div>
      <Select
        label="Preset"
        size="xs"
        placeholder="Own settings"
        value={preset ?? null}
        data={presetGroups}
        onChange={(key) => key !== null && void choosePreset(key)}
        disabled={disabled}
        allowDeselect={false}
      />
      <p className={`${classes.why} ${classes.preset}`}>
        {(preset !== undefined && presetNotes[preset]) || 'Your own settings.'}{' '}
        {taken && !disabled && (
          <button type="button" className={classes.reset} onClick={() => window.history.back()}>
            <RotateCcw size={11} /> back to the recipe before
          </button>
        )}
      </p>
    </div>
  );
}
