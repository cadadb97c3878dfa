import { recipeToLink } from '../../engine/recipe/link.ts';
import { afterChanges } from '../after-changes.ts';
import { copyText } from '../copy.ts';
import { useStore } from '../store.ts';

/** Milliseconds after the last change before the address follows: browsers limit how often it may change. */
const patience = 300;

/** Takes the recipe from the page's address and keeps the address in step with the recipe from then on. */
export async function followLink(): Promise<void> {
  window.addEventListener('hashchange', () => {
    useStore.setState({ linkFailure: undefined, knownFragment: window.location.hash });
    void readLink();
  });
  useStore.setState({ knownFragment: window.location.hash });
  if (window.location.hash.length > 1) await readLink();
  afterChanges((now, before) => now.draft !== before.draft, patience, writeLink);
}

/** The page's address with the recipe that a person is at; a sweep's runs have recipes of their own. */
function currentLink(): string {
  const { href } = window.location;
  const { draft, sweep } = useStore.getState();
  const link = recipeToLink(sweep?.draft ?? draft);
  return `${href.split('#')[0]}${link === '' ? '' : `#${link}`}`;
}

/** Puts the page's address, with the recipe and the view, on the clipboard. */
export function copyLink(): Promise<void> {
  return copyText('link', currentLink());
}

/** Makes a change of the recipe that the browser's “Back” takes back. */
export function asStep(change: () => void): void {
  // What was typed a moment ago is where “Back” leads.
  writeLink();
  const before = currentLink();
  change();
  if (currentLink() === before) return;
  putLink('pushState');
}

function writeLink(): void {
  // A half-typed recipe is nobody's link, and an entry that “Back” has just reached keeps its own.
  const { parsed, knownFragment } = useStore.getState();
  if (parsed === undefined || window.location.hash !== knownFragment) return;
  putLink('replaceState');
}

function putLink(way: 'pushState' | 'replaceState'): void {
  window.history[way](null, '', currentLink());
  useStore.setState({ knownFragment: window.location.hash });
}

async function readLink(): Promise<void> {
  const link = window.location.hash.slice(1);
  if (link === recipeToLink(useStore.getState().draft)) return;
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
