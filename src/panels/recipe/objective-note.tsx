import { objectiveNotes } from './objective-notes.ts';
import type { ObjectiveKey } from '../../engine/recipe/objectives.ts';
import { Formula } from '../formula/formula.tsx';
import classes from './recipe-panel.module.css';

/** An objective's own term, and what it does in a sentence. */
export default function ObjectiveNote({ objective }: { objective: ObjectiveKey }) {
  const { formula, description } = objectiveNotes[objective];
  return (
    <>
      <div className={classes.formula}>
        <Formula tex={formula} />
      </div>
      <p className={classes.why}>{description}</p>
    </>
  );
}
