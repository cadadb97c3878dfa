import { useEffect, useEffectEvent } from 'react';
import type { Wish } from '../../store/slices/view-slice.ts';
import { useStore } from '../../store/store.ts';

/** Fulfils what a command asked of this view, also where it was asked before the view stood. */
export function useWish(wanted: Wish, fulfil: () => void): void {
  const wished = useStore((state) => state.wish === wanted);
  const begin = useEffectEvent(fulfil);
  useEffect(() => {
    if (!wished) return;
    useStore.setState({ wish: undefined });
    begin();
  }, [wished]);
}
