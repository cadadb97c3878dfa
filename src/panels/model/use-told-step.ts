import { useReducedMotion } from '@mantine/hooks';
import { useCallback, useEffect, useState } from 'react';
import { singleStep } from '../../store/run/single-step.ts';
import { useStore } from '../../store/store.ts';
import { useWish } from '../lib/use-wish.ts';

/** How long each part of a step stays lit, ms. */
const momentMs = 1600;

/** A step that happened, and the part of it that is being told. */
export function useToldStep(count: number) {
  const [told, setTold] = useState<{ step?: number; at?: number }>({});
  const [playing, setPlaying] = useState(false);
  const [waiting, setWaiting] = useState(false);
  const still = useReducedMotion();
  const runPhase = useStore((state) => state.run.phase);
  const runStep = useStore((state) => state.run.step);
  // When the run has gone on, the numbers on the screen are those of now again.
  const current = told.step === undefined || told.step === runStep;
  const step = current ? told.step : undefined;
  const at = current && told.at !== undefined && told.at < count ? told.at : undefined;
  useEffect(() => {
    if (!playing || at === undefined || at >= count - 1) return;
    const timer = setTimeout(() => setTold({ step, at: at + 1 }), momentMs);
    return () => clearTimeout(timer);
  }, [playing, step, at, count]);
  const choose = useCallback(
    (place: number | undefined) => {
      setPlaying(false);
      setTold({ step, at: place });
    },
    [step],
  );
  const start = async () => {
    setWaiting(true);
    setTold({});
    const made = await singleStep();
    setWaiting(false);
    if (made === undefined) return;
    setTold({ step: made, at: 0 });
    setPlaying(!still);
  };
  useWish('slow step', () => void start());
  const move = (by: number) => {
    if (count === 0) return;
    choose(at === undefined ? (by > 0 ? 0 : count - 1) : Math.min(count - 1, Math.max(0, at + by)));
  };
  return { step, at, waiting, runPhase, choose, start, move };
}

export type ToldStep = ReturnType<typeof useToldStep>;
