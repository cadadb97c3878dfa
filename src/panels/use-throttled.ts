import { useEffect, useRef, useState } from 'react';

/**
 * The latest value, at most once every `ms`, and more rarely where drawing it is slow: it may take a fifth of the time at most,
 * because a laptop's cores also feed the training.
 */
export function useThrottled<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value);
  const drawingSince = useRef(0);
  const next = useRef(0);
  useEffect(() => {
    const timer = setTimeout(
      () => {
        drawingSince.current = performance.now();
        setShown(value);
      },
      Math.max(0, next.current - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [value]);
  useEffect(() => {
    if (drawingSince.current === 0) return;
    // After what the drawing itself sets off.
    const timer = setTimeout(() => {
      const now = performance.now();
      next.current = now + Math.max(ms, 4 * (now - drawingSince.current));
    });
    return () => clearTimeout(timer);
  }, [shown, ms]);
  return shown;
}
