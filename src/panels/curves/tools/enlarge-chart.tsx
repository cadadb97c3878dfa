import { ActionIcon } from '@mantine/core';
import { Maximize2, Minimize2 } from 'lucide-react';
import classes from '../curves.module.css';

/** Gives one chart all the room, and takes it back. Shows when the chart is pointed at or has the focus, and while it is large. */
export function EnlargeChart(props: { title: string; enlarged: boolean; onEnlarge: () => void }) {
  const { title, enlarged, onEnlarge } = props;
  const Drawing = enlarged ? Minimize2 : Maximize2;
  return (
    <ActionIcon
      className={classes.tool}
      size="xs"
      variant="subtle"
      color="gray"
      aria-label={enlarged ? 'Show all charts' : `Enlarge ${title}`}
      title={enlarged ? 'Show all charts (Esc)' : 'Enlarge (Enter)'}
      onClick={onEnlarge}
    >
      <Drawing size={13} />
    </ActionIcon>
  );
}
