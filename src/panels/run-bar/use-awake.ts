import { useEffect } from 'react';

/** Keeps the screen on while training; a refusal changes nothing. */
export function useAwake(on: boolean): void {
  useEffect(() => {
    if (!on || !('wakeLock' in navigator)) return;
    let over = false;
    let asking = false;
    let lock: WakeLockSentinel | undefined;
    // Browsers take the lock away from hidden pages and from machines that sleep, and do not give it back by themselves.
    const ask = async () => {
      if (over || asking || lock !== undefined || document.visibilityState !== 'visible') return;
      asking = true;
      lock = await navigator.wakeLock.request('screen').catch(() => undefined);
      asking = false;
      lock?.addEventListener('release', () => {
        lock = undefined;
        void ask();
      });
      if (over) void lock?.release();
    };
    const again = () => void ask();
    again();
    document.addEventListener('visibilitychange', again);
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', again);
      void lock?.release();
    };
  }, [on]);
}
