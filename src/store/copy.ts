import type { LinkSlice } from './slices/link-slice.ts';
import { useStore } from './store.ts';

/** Milliseconds for which the page says that it copied something. */
const copiedFor = 2000;

/** Puts a text on the clipboard, and says whether that went well. */
export async function copyText(what: NonNullable<LinkSlice['copied']>['what'], text: string): Promise<void> {
  let outcome: 'copied' | 'refused' = 'copied';
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages without https have no clipboard, and frames need the page's leave.
    outcome = 'refused';
  }
  const copied = { what, outcome };
  useStore.setState({ copied });
  setTimeout(() => {
    // A later wish is forgotten later.
    if (useStore.getState().copied === copied) useStore.setState({ copied: undefined });
  }, copiedFor);
}
