import { useState } from 'react';

/** Whether a value has been true at any time: what has been shown once stays mounted, so that it can close gently. */
export function useEver(value: boolean): boolean {
  const [ever, setEver] = useState(value);
  if (value && !ever) setEver(true);
  return ever || value;
}
