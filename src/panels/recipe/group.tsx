import { mayChangeLive } from '../../engine/recipe/live.ts';
import { Explained } from '../terms/explained.tsx';
import { FieldRow } from './field-row.tsx';
import type { FieldGroup } from './fields.ts';
import classes from './recipe-panel.module.css';

/** Fields that belong together. */
export function Group({ group: { title, note, fields }, active }: { group: FieldGroup; active: boolean }) {
  return (
    <fieldset className={classes.group}>
      <legend>
        <Explained text={title} />{' '}
        {note !== undefined && (
          <span>
            <Explained text={note} />
          </span>
        )}
      </legend>
      {fields.map((field) => (
        <FieldRow
          key={field.path}
          field={field}
          disabled={active && !mayChangeLive(field.path)}
          live={active && mayChangeLive(field.path)}
        />
      ))}
    </fieldset>
  );
}
