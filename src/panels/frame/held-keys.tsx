import { useEffect } from 'react';

/** Stands in while the page's keys load: what is pressed meanwhile is pressed again once they are there. Shows nothing. */
export function HeldKeys() {
  useEffect(() => {
    const held: KeyboardEvent[] = [];
    const hold = (event: KeyboardEvent) => held.push(event);
    window.addEventListener('keydown', hold);
    return () => {
      window.removeEventListener('keydown', hold);
      // The keys begin to listen after this clean-up.
      setTimeout(() => {
        for (const event of held) event.target?.dispatchEvent(new KeyboardEvent('keydown', event));
      });
    };
  }, []);
  return null;
}
