import { useEffect, useRef, useState } from 'react';

/** The latest value, at most once every `ms`: drawing must not eat the time of training. */
export function useThrottled<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value);
  const since = useRef(0);
  useEffect(() => {
    const timer = setTimeout(
      () => {
        since.current = performance.now();
        setShown(value);
      },
      Math.max(0, since.current + ms - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [value, ms]);
  return shown;
}
