import type { Page } from '@playwright/test';

declare global {
  interface Window {
    shifts: string[];
  }
}

/** What moves on the page from now on, without having been asked to. */
export async function watchShifts(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.shifts = [];
    new PerformanceObserver((list) => {
      // The end of a run puts its result in words above the scores.
      if (document.querySelector('#run-message')?.textContent === 'Done.') return;
      for (const entry of list.getEntries()) {
        const { sources, hadRecentInput } = entry as PerformanceEntry & {
          sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
          hadRecentInput: boolean;
        };
        if (hadRecentInput) continue;
        for (const { node, previousRect: from, currentRect: to } of sources) {
          const element = node instanceof Element ? node : node?.parentElement;
          // Right-aligned numbers that change are reported with the place they keep.
          if (Math.abs(to.x - from.x) <= 2 && Math.abs(to.y - from.y) <= 2) continue;
          const moved = `${Math.round(from.x)},${Math.round(from.y)} → ${Math.round(to.x)},${Math.round(to.y)}`;
          window.shifts.push(`${moved} ${element?.outerHTML.slice(0, 200)}`);
        }
      }
    }).observe({ type: 'layout-shift' });
  });
}
