import { recipeToLink } from '../../engine/recipe/link.ts';
import { afterChanges } from '../after-changes.ts';
import { useStore } from '../store.ts';

/** Milliseconds after the last change before the address follows: browsers limit how often it may change. */
const patience = 300;

/** Takes the recipe from the page's address and keeps the address in step with the recipe from then on. */
export async function followLink(): Promise<void> {
  window.addEventListener('hashchange', () => {
    useStore.setState({ linkFailure: undefined });
    void readLink();
  });
  await readLink();
  afterChanges((now, before) => now.draft !== before.draft, patience, writeLink);
}

/** The page's address with the recipe as it is. */
function currentLink(): string {
  const { href } = window.location;
  const link = recipeToLink(useStore.getState().draft);
  return `${href.split('#')[0]}${link === '' ? '' : `#${link}`}`;
}

/** Milliseconds for which the page says that it copied its address. */
const copiedFor = 2000;

/** Puts the page's address, with the recipe and the view, on the clipboard. */
export async function copyLink(): Promise<void> {
  let outcome: 'copied' | 'refused' = 'copied';
  try {
    await navigator.clipboard.writeText(currentLink());
  } catch {
    // Pages without https have no clipboard, and frames need the page's leave.
    outcome = 'refused';
  }
  const linkCopied = { outcome };
  useStore.setState({ linkCopied });
  setTimeout(() => {
    // A later wish is forgotten later.
    if (useStore.getState().linkCopied === linkCopied) useStore.setState({ linkCopied: undefined });
  }, copiedFor);
}

function writeLink(): void {
  // A half-typed recipe is nobody's link.
  if (useStore.getState().parsed !== undefined) window.history.replaceState(null, '', currentLink());
}

async function readLink(): Promise<void> {
  const link = window.location.hash.slice(1);
  if (link === '' || link === recipeToLink(useStore.getState().draft)) return;
  const reader = await import('./take-link.ts').catch(() => undefined);
  if (reader === undefined)
    useStore.getState().addLinkFailure({
      code: 'file-missing',
      message: 'The recipe in the address was not taken: a part of the page could not be fetched.',
      action: 'Check the connection and reload the page.',
    });
  // A recipe that runs stays as it is, and so does its address.
  else if (!reader.takeLink(link)) writeLink();
}
