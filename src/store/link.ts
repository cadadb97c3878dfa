import { recipeFromLink, recipeToLink } from '../engine/recipe/link.ts';
import { parseRecipe } from '../engine/recipe/schema.ts';
import { addLinkNotice } from './link-notice.ts';
import { useStore } from './store.ts';
import { takeForeignRecipe } from './take-recipe.ts';

/** Milliseconds after the last change before the address follows: browsers limit how often it may change. */
const patience = 300;

/** Takes the recipe from the page's address and keeps the address in step with the recipe from then on. */
export function followLink(): void {
  readLink();
  window.addEventListener('hashchange', () => {
    useStore.setState({ linkFailure: undefined });
    readLink();
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  useStore.subscribe(({ draft }, before) => {
    if (draft === before.draft) return;
    clearTimeout(timer);
    timer = setTimeout(writeLink, patience);
  });
}

/** The page's address with the recipe as it is. */
function currentLink(): string {
  const { href } = window.location;
  const link = recipeToLink(useStore.getState().draft);
  return `${href.split('#')[0]}${link === '' ? '' : `#${link}`}`;
}

/** Milliseconds for which the page says that it copied its address. */
const copiedFor = 2000;
let forget: ReturnType<typeof setTimeout> | undefined;

/** Puts the page's address, with the recipe and the view, on the clipboard. */
export async function copyLink(): Promise<void> {
  let linkCopied: 'copied' | 'refused' = 'copied';
  try {
    await navigator.clipboard.writeText(currentLink());
  } catch {
    // Pages without https have no clipboard, and frames need the page's leave.
    linkCopied = 'refused';
  }
  useStore.setState({ linkCopied });
  clearTimeout(forget);
  forget = setTimeout(() => useStore.setState({ linkCopied: undefined }), copiedFor);
}

function writeLink(): void {
  // A half-typed recipe is nobody's link.
  if (parseRecipe(useStore.getState().draft).ok) window.history.replaceState(null, '', currentLink());
}

function readLink(): void {
  const link = window.location.hash.slice(1);
  if (link === '' || link === recipeToLink(useStore.getState().draft)) return;
  const { recipe, refused } = recipeFromLink(link);
  const failure = takeForeignRecipe(recipe);
  if (failure !== undefined) addLinkNotice(failure);
  if (failure?.code === 'engine-busy') writeLink();
  else if (refused.length > 0)
    addLinkNotice({
      code: 'recipe-invalid',
      message: `Not everything in the address can be used. ${refused.map(({ path, message }) => `${path}: ${message}`).join(' ')}`,
      action: 'The rest was taken. Ask for the link again, or go on with this.',
    });
}
