/** Runs in the page: texts that lie on each other, and words that a line end breaks, among those that can be seen. */
export function crowdedText(): { overlapping: string[]; broken: string[] } {
  interface Box {
    left: number;
    top: number;
    right: number;
    bottom: number;
  }
  /** px by which glyphs' boxes may touch. */
  const slack = 3;
  const meet = (a: Box, b: Box): Box => ({
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  });
  const isBox = ({ left, top, right, bottom }: Box) => right - left > slack && bottom - top > slack;
  /** Where an element's text can be seen; undefined where it cannot. */
  const windowOf = (element: Element): Box | undefined => {
    let seen: Box = { left: 0, top: -1e6, right: innerWidth, bottom: 1e6 };
    for (let at: Element | null = element; at !== null; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.visibility === 'hidden' || style.opacity === '0' || style.clipPath !== 'none')
        return undefined;
      // What lies over the page hides what is under it on purpose.
      if (style.position === 'fixed') return undefined;
      if (style.overflowX !== 'visible' && style.display !== 'inline')
        seen = meet(seen, at.getBoundingClientRect());
    }
    return seen;
  };
  const found: { text: string; box: Box; element: Element }[] = [];
  const broken: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent ?? '';
    if (element === null || text.trim() === '' || element.closest('script, style, math, .katex') !== null)
      continue;
    const seen = element.checkVisibility() ? windowOf(element) : undefined;
    if (seen === undefined) continue;
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const box = meet(rect, seen);
      if (isBox(box)) found.push({ text: text.trim(), box, element });
    }
    // A number and its unit are one word.
    for (const word of text.matchAll(
      /\d[\d.,]*\s(?:%|[kMG]?B|[kMhs]|min)(?![\p{L}\p{N}])|[\p{L}\p{N}_’.,%]+/gu,
    )) {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (lines.size > 1) broken.push(`${word[0]} in “${text.trim().slice(0, 60)}”`);
    }
  }
  const overlapping: string[] = [];
  found.forEach((one, i) => {
    for (const other of found.slice(i + 1))
      if (one.element !== other.element && isBox(meet(one.box, other.box)))
        overlapping.push(`“${one.text.slice(0, 40)}” and “${other.text.slice(0, 40)}”`);
  });
  return { overlapping, broken };
}
