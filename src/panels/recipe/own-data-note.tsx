import { Button } from '@mantine/core';
import { ownDataName } from '../../engine/own-data-key.ts';
import { dataWord } from '../../engine/recipe/splits.ts';
import { takeBuiltInData } from '../../store/own-data/own-data.ts';
import { useStore } from '../../store/store.ts';
import classes from './recipe-panel.module.css';

/** Over a recipe that is about a person's own data. */
export default function OwnDataNote({ own, disabled }: { own: string; disabled: boolean }) {
  const word = useStore(({ draft }) => dataWord(draft.evaluation.split));
  return (
    <div>
      <p className={classes.why}>
        About your {word} “{ownDataName(own)}”. Kinds of question
        {word === 'pictures' && ' and drawing styles'} are the built-in set’s.
      </p>
      <Button size="compact-xs" variant="default" disabled={disabled} onClick={() => void takeBuiltInData()}>
        Back to the built-in {word}
      </Button>
    </div>
  );
}
