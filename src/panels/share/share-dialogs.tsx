import { lazy, Suspense, useState, type ComponentType, type LazyExoticComponent } from 'react';
import type { ShareDialog } from '../../store/slices/view-slice.ts';
import { useStore } from '../../store/store.ts';
import { Dialog } from '../frame/dialog.tsx';

interface View {
  title: string;
  size: string;
  view: LazyExoticComponent<ComponentType>;
}

const views: Record<ShareDialog, View> = {
  qr: { title: 'This recipe, for the room', size: '56rem', view: lazy(() => import('../qr/qr-code.tsx')) },
  class: { title: 'Class table', size: '76rem', view: lazy(() => import('../class/class-table.tsx')) },
  card: { title: 'Card of this run', size: '60rem', view: lazy(() => import('../card/card.tsx')) },
  cite: { title: 'Cite the method', size: '48rem', view: lazy(() => import('../cite/cite.tsx')) },
  reveal: { title: 'What was it?', size: 'lg', view: lazy(() => import('../blind/revealed.tsx')) },
};

/** What the share menu opens over the page, one at a time. */
export default function ShareDialogs() {
  const open = useStore((state) => state.sharing);
  const setSharing = useStore((state) => state.setSharing);
  // What closes is seen while it does.
  const [shown, setShown] = useState(open);
  if (open !== undefined && open !== shown) setShown(open);
  if (shown === undefined) return null;
  const { title, size, view: Shown } = views[shown];
  return (
    <Dialog title={title} opened={open !== undefined} onClose={() => setSharing(undefined)} size={size}>
      <Suspense fallback={<p>Loading…</p>}>
        <Shown />
      </Suspense>
    </Dialog>
  );
}
