import { createContext, useContext, useEffect, useRef, useState } from 'react';
import { Turns } from './turns.ts';

/** The turns of everything under one root. The page has one root, so what stands here serves all of it, and it is made nowhere else. */
const TurnsContext = createContext(new Turns());

/**
 * The latest value, at most once every `ms`. All who use this take turns, one a frame, and together they take a fifth of the time
 * at most, because a laptop's cores also feed the training. With 0 ms, for what a person changes, the turn is the next one.
 */
export function useThrottled<T>(value: T, ms: number): T {
  const turns = useContext(TurnsContext);
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
        giveUp = turns.queue({
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
  }, [stale, shown, ms, turns]);
  return shown;
}
