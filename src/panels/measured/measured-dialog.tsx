import { Modal } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { lazy, Suspense } from 'react';
import { useStore } from '../../store/store.ts';

const Measured = lazy(() => import('./measured.tsx'));

export function MeasuredDialog() {
  const open = useStore((state) => state.measuredOpen);
  const setOpen = useStore((state) => state.setMeasuredOpen);
  const narrow = useMediaQuery('(max-width: 700px)');
  return (
    <Modal
      opened={open}
      onClose={() => setOpen(false)}
      title="What we measured"
      size="xl"
      fullScreen={narrow ?? false}
    >
      <Suspense fallback={<p>Reading the results…</p>}>
        <Measured />
      </Suspense>
    </Modal>
  );
}
