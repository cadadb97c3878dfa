import { lazy, Suspense } from 'react';
import { closeLook } from '../../store/questions.ts';
import { useStore } from '../../store/store.ts';
import { Dialog } from '../dialog.tsx';

const Tokens = lazy(() => import('./tokens.tsx'));

/** The look into one answer. */
export function TokensDialog() {
  const open = useStore((state) => state.looking);
  return (
    <Dialog title="Inside an answer" opened={open} onClose={closeLook} size="xl">
      <Suspense fallback={<p>Loading…</p>}>
        <Tokens />
      </Suspense>
    </Dialog>
  );
}
