import { useEffect, useRef, useState } from 'react';

interface Turn {
  draw: () => void;
  /** Somebody just changed what is shown, and is watching. */
  urgent: boolean;
}

/** Those who wait to draw. One draws at a time, so that no task is longer than one drawing. */
const waiting: Turn[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let drawing = false;
/** `performance.now()` before which only what is urgent is drawn. */
let free = 0;

/** Waits for one's turn. @returns gives the turn up. */
function queue(turn: Turn): () => void {
  const patient = waiting.findIndex(({ urgent }) => !urgent);
  waiting.splice(turn.urgent && patient >= 0 ? patient : waiting.length, 0, turn);
  call();
  return () => {
    const place = waiting.indexOf(turn);
    if (place >= 0) waiting.splice(place, 1);
  };
}

function call(): void {
  if (drawing || waiting.length === 0) return;
  clearTimeout(timer);
  const wait = waiting[0]!.urgent ? 0 : Math.max(0, free - performance.now());
  timer = setTimeout(() => {
    drawing = true;
    // After a frame is painted: the drawing has the whole next one.
    requestAnimationFrame(() => setTimeout(take));
  }, wait);
}

function take(): void {
  const start = performance.now();
  waiting.shift()?.draw();
  // After what the drawing itself sets off.
  setTimeout(() => {
    const now = performance.now();
    free = now + 4 * (now - start);
    drawing = false;
    call();
  });
}

/**
 * The latest value, at most once every `ms`. All who use this take turns, one a frame, and together they take a fifth of the time
 * at most, because a laptop's cores also feed the training. With 0 ms, for what a person changes, the turn is the next one.
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
        giveUp = queue({
          urgent: ms === 0,
          draw: () => {
            drawn.current = performance.now();
            setShown(latest.current);
          },
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
