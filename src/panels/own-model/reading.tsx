import { Progress } from '@mantine/core';
import type { DataWord } from '../../engine/recipe/splits.ts';
import type { LoadEvent } from '../../worker/protocol.ts';
import { formatBytes } from '../lib/format.ts';
import classes from './own-model.module.css';

/** How far the reading of what a person brought is; without progress, only its texts are looked at. */
export function Reading({ what, progress }: { what: 'model' | DataWord; progress?: LoadEvent }) {
  const { loadedBytes, totalBytes } = progress ?? { loadedBytes: 0, totalBytes: 0 };
  return (
    <div className={classes.drop}>
      <span className={classes.reading} role="status">
        <Progress
          value={totalBytes === 0 ? 0 : (100 * loadedBytes) / totalBytes}
          aria-label={`Reading the ${what}`}
        />
        {totalBytes === 0
          ? what === 'model'
            ? 'Looking at what it is and what a run would take…'
            : `Looking for ${what}…`
          : `${formatBytes(loadedBytes)} of ${formatBytes(totalBytes)}`}
      </span>
    </div>
  );
}
