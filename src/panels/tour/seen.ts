const key = 'genrecal-tour-seen';

/** Whether this browser's person has had the offer of a tour; true where nothing can be remembered, so that nobody is asked for ever. */
export function hasSeenTour(): boolean {
  try {
    return window.localStorage.getItem(key) !== null;
  } catch {
    return true;
  }
}

export function rememberTour(): void {
  try {
    window.localStorage.setItem(key, '1');
  } catch {
    // Frames and private windows may refuse.
  }
}
