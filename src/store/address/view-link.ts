import { useStore } from '../store.ts';
import { pageParts, type PagePart, type PageView } from '../slices/view-slice.ts';

const views: readonly PageView[] = ['full', 'projector', 'embed'];

/** What an address such as `?view=embed&hide=result,answers` asks for; `unknown` names what no page has. */
export function readView(search: string): { view: PageView; hidden: PagePart[]; unknown: string[] } {
  const query = new URLSearchParams(search);
  const asked = query.get('view') ?? 'full';
  const names = (query.get('hide') ?? '').split(',').filter((name) => name !== '');
  const view = views.find((known) => known === asked);
  return {
    view: view ?? 'full',
    hidden: pageParts.filter((part) => names.includes(part)),
    unknown: [
      ...(view === undefined ? [`view=${asked}`] : []),
      ...names.filter((name) => !pageParts.some((part) => part === name)).map((name) => `hide=${name}`),
    ],
  };
}

/** An address's query with the view in it; everything else in it stays. */
export function withView(search: string, view: PageView): string {
  const query = new URLSearchParams(search);
  if (view === 'full') query.delete('view');
  else query.set('view', view);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** The address of the whole page with the recipe that this one has. */
export function fullPageLink(): string {
  const { pathname, hash } = window.location;
  return pathname + hash;
}

/** Takes the view from the page's address and keeps the address in step with it. Call before the first paint. */
export function followView(): void {
  const { view, hidden, unknown } = readView(window.location.search);
  useStore.subscribe((state, before) => {
    if (state.view === before.view) return;
    document.documentElement.dataset.view = state.view;
    const { pathname, search, hash } = window.location;
    window.history.replaceState(null, '', pathname + withView(search, state.view) + hash);
  });
  useStore.setState({ view, hidden });
  if (unknown.length > 0)
    useStore.getState().addLinkFailure({
      code: 'recipe-invalid',
      message: `The address asks for a view this page does not have: ${unknown.join(', ')}.`,
      action: `Views are ${views.join(', ')}; ${pageParts.join(', ')} can be hidden.`,
    });
}
