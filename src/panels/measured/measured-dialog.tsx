import { lazy, Suspense } from 'react';
import { useStore } from '../../store/store.ts';
import { Dialog } from '../frame/dialog.tsx';

const Measured = lazy(() => import('./measured.tsx'));

export default function MeasuredDialog() {
  const open = useStore((state) => state.measuredOpen);
  const setOpen = useStore((state) => state.setMeasuredOpen);
  return (
    <Dialog title="What we measured" opened={open} onClose={() => setOpen(false)} size="xl">
      <Suspense fallback={<p>Reading the results…</p>}>
        <Measured />
      </Suspense>
    </Dialog>
  );
}
