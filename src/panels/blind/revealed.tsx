import { useEffect } from 'react';
import { presetOf } from '../../engine/recipe/presets.ts';
import { runName } from '../../engine/recipe/run-name.ts';
import { reveal } from '../../store/address/reveal.ts';
import { useStore } from '../../store/store.ts';
import { Explained } from '../terms/explained.tsx';
import { presetNotes } from '../recipe/preset-notes.ts';
import classes from './blind.module.css';

/** What the class was to guess: its name, and what it shows. */
export default function Revealed() {
  const draft = useStore((state) => state.draft);
  useEffect(reveal, []);
  if (draft.blind === true) return null;
  const preset = presetOf(draft, { anySeed: true });
  return (
    <div className={classes.revealed}>
      <p className={classes.name}>{preset?.label ?? runName(draft).whole}</p>
      <p>
        <Explained
          text={
            (preset && presetNotes[preset.key]) ?? 'Somebody’s own settings: they stand in the recipe now.'
          }
        />
      </p>
      {preset !== undefined && preset.badOnPurpose === undefined && (
        <p>It is not one of those that are bad on purpose.</p>
      )}
    </div>
  );
}
