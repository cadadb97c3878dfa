import { useEffect, useRef, useState } from 'react';

/**
 * The latest value, at most once every `ms`, and more rarely where drawing it is slow: drawing may take `share` of the time at most,
 * because a laptop's cores also feed the training.
 * @param delay ms that each update waits, so that neighbours with other delays do not draw in the same task.
 */
export function useThrottled<T>(value: T, ms: number, { share = 1 / 5, delay = 0 } = {}): T {
  const [shown, setShown] = useState(value);
  const drawingSince = useRef(0);
  const next = useRef(0);
  useEffect(() => {
    const timer = setTimeout(
      () => {
        drawingSince.current = performance.now();
        setShown(value);
      },
      Math.max(delay, next.current - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [value, delay]);
  useEffect(() => {
    if (drawingSince.current === 0) return;
    // After what the drawing itself sets off.
    const timer = setTimeout(() => {
      const now = performance.now();
      next.current = now + Math.max(ms, (1 / share - 1) * (now - drawingSince.current));
    });
    return () => clearTimeout(timer);
  }, [shown, ms, share]);
  return shown;
}
