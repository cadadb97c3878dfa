import { Button } from '@mantine/core';
import { useEffect } from 'react';
import { namesInPair, ownNames } from '../../engine/models/checkpoints/own-pair.ts';
import { sameOwnData } from '../../engine/own-data-key.ts';
import { openAgain } from '../../store/own/open-again.ts';
import { readRemembered } from '../../store/own/remembered.ts';
import type { Loadable } from '../../store/slices/pair-slice.ts';
import { useStore } from '../../store/store.ts';
import { formatBytes } from '../lib/format.ts';

/** Beside the word that a recipe's own model or pictures are not here: opens what is remembered of them, and else asks for the model. */
export default function OpenAgain({ pair, own }: Loadable) {
  useEffect(() => void readRemembered(), []);
  const remembered = useStore((state) => state.remembered);
  const models = ownNames(pair);
  // Buttons that move under a finger are pressed by mistake.
  if (remembered === undefined) return null;
  const found = remembered.filter(({ what, name }) =>
    what === 'model' ? models.includes(name) : own !== undefined && sameOwnData(name, own),
  );
  const bytes = found.reduce((sum, one) => sum + one.bytes, 0);
  return (
    <>
      {found.length > 0 && (
        <Button size="xs" onClick={() => void openAgain(found)}>
          Open {found.map(({ label }) => `“${label}”`).join(' and ')} again
          {bytes > 0 && ` (fetches ${formatBytes(bytes)})`}
        </Button>
      )}
      {models.length > 0 && (
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            const role = namesInPair(pair)?.teacher === models[0] ? 'teacher' : 'student';
            useStore.setState({ ownModel: { role, step: 'choose' } });
          }}
        >
          Your own model…
        </Button>
      )}
    </>
  );
}
