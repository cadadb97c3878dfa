import { useEffect, useRef, useState } from 'react';

/** Those who wait to draw. One draws at a time, so that no task is longer than one drawing. */
const waiting: (() => void)[] = [];
let called = false;
/** `performance.now()` before which nobody draws. */
let free = 0;

/** Waits for one's turn. @returns gives the turn up. */
function queue(draw: () => void): () => void {
  waiting.push(draw);
  call();
  return () => {
    const place = waiting.indexOf(draw);
    if (place >= 0) waiting.splice(place, 1);
  };
}

function call(): void {
  if (called || waiting.length === 0) return;
  called = true;
  // After a frame is painted: the drawing has the whole next one.
  setTimeout(() => requestAnimationFrame(() => setTimeout(take)), Math.max(0, free - performance.now()));
}

function take(): void {
  const start = performance.now();
  waiting.shift()?.();
  // After what the drawing itself sets off.
  setTimeout(() => {
    const now = performance.now();
    free = now + 4 * (now - start);
    called = false;
    call();
  });
}

/**
 * The latest value, at most once every `ms`. All who use this take turns, one a frame, and together they take a fifth of the time
 * at most, because a laptop's cores also feed the training.
 */
export function useThrottled<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  const drawn = useRef(Number.NEGATIVE_INFINITY);
  const stale = value !== shown;
  useEffect(() => {
    latest.current = value;
  }, [value]);
  useEffect(() => {
    if (!stale) return;
    let giveUp = () => {};
    const timer = setTimeout(
      () => {
        giveUp = queue(() => {
          drawn.current = performance.now();
          setShown(latest.current);
        });
      },
      Math.max(0, drawn.current + ms - performance.now()),
    );
    return () => {
      clearTimeout(timer);
      giveUp();
    };
  }, [stale, shown, ms]);
  return shown;
}
