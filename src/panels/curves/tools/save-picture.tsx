import { ActionIcon } from '@mantine/core';
import { ImageDown } from 'lucide-react';
import { useState, type RefObject } from 'react';
import { download } from '../../../store/files/download.ts';
import { useStore } from '../../../store/store.ts';
import { chartPicture } from './picture.ts';
import classes from '../curves.module.css';

/** Saves a chart as a PNG. Shows when the chart is pointed at or has the focus. */
export function SavePicture(props: { title: string; about: string; figure: RefObject<HTMLElement | null> }) {
  const [failed, setFailed] = useState<string>();
  const save = async () => {
    const { run, draft } = useStore.getState();
    const { pair, seed, seeds } = run.recipe ?? draft;
    const ofSeeds = seeds > 1 ? `means of seeds ${seed} to ${seed + seeds - 1}` : `seed ${seed}`;
    const note = `GenRecal Playground · pair ${pair}, ${ofSeeds}, step ${run.step} of ${run.totalSteps}`;
    try {
      const blob = await chartPicture(props.figure.current!, { ...props, note });
      download(`${props.title.replace(/\W+/g, '-').toLowerCase()}-step-${run.step}.png`, blob);
      setFailed(undefined);
    } catch (error) {
      setFailed(`No picture: ${error instanceof Error ? error.message : String(error)}.`);
    }
  };
  return (
    <ActionIcon
      className={classes.tool}
      size="xs"
      variant="subtle"
      color={failed === undefined ? 'gray' : 'red'}
      aria-label={failed ?? `Save a picture of ${props.title}`}
      title={failed ?? 'Save picture'}
      onClick={() => void save()}
    >
      <ImageDown size={13} />
    </ActionIcon>
  );
}
