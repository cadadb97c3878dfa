const name = 'genrecal-page';

/** Says, for as long as this tab is open, that it is; call it before anything is loaded. */
export function holdPageLock(): void {
  if ('locks' in navigator)
    void navigator.locks.request(name, { mode: 'shared' }, () => new Promise(() => undefined));
}

/** Whether other tabs show this page. Where locks do not exist, this tab counts as the only one. */
export async function otherTabsOpen(): Promise<boolean> {
  if (!('locks' in navigator)) return false;
  const { held = [] } = await navigator.locks.query();
  return held.filter((lock) => lock.name === name).length > 1;
}
