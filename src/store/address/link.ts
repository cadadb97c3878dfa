import { recipeToLink } from '../../engine/recipe/link.ts';
import { afterChanges } from '../after-changes.ts';
import { copyText } from '../copy.ts';
import { useStore } from '../store.ts';

/** Milliseconds after the last change before the address follows: browsers limit how often it may change. */
const patience = 300;

/** Takes the recipe from the page's address and keeps the address in step with the recipe from then on. */
export async function followLink(): Promise<void> {
  window.addEventListener('hashchange', () => {
    useStore.setState({ linkFailure: undefined });
    void readLink();
  });
  if (window.location.hash.length > 1) await readLink();
  else useStore.setState({ knownFragment: window.location.hash });
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

/** Until it has been read, an address is nobody's to overwrite; one that could not be read stays. */
async function readLink(): Promise<void> {
  const { hash } = window.location;
  const link = hash.slice(1);
  const known = () => useStore.setState({ knownFragment: hash });
  if (link === recipeToLink(useStore.getState().draft)) return known();
  const reader = await import('./take-link.ts').catch(() => undefined);
  if (reader === undefined)
    return useStore.getState().addLinkFailure({
      code: 'file-missing',
      message: 'The recipe in the address was not taken: a part of the page could not be fetched.',
      action: 'Check the connection and reload the page.',
    });
  const taken = reader.takeLink(link);
  known();
  // A recipe that runs stays as it is, and so does its address.
  if (!taken) writeLink();
}
