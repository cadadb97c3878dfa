/** A chart as a PNG for a slide: title, legend and numbers as on the screen, on white, in the light scheme's colours. */

const font = "'Segoe UI', system-ui, -apple-system, Helvetica, Arial, sans-serif";
const pad = 12;
const lineHeight = 16;
/** px; a slide is about this wide. */
const wide = 1600;
/** What decides how a shape looks. The picture stands alone: no style sheet reaches it. */
const looks = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-opacity',
  'stroke-width',
  'stroke-dasharray',
  'font-size',
  'text-anchor',
] as const;

export interface Picture {
  title: string;
  about: string;
  /** Which run it is, below the chart. */
  note: string;
}

/** @param figure a chart with its `svg` and the `li` of its legend. */
export async function chartPicture(figure: HTMLElement, picture: Picture): Promise<Blob> {
  const { svg, width, height } = inLight(figure, (copy) => compose(copy, picture));
  const scale = Math.max(2, wide / width);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob === null ? reject(new Error('no picture came out')) : resolve(blob))),
  );
}

/** Works on a copy that nobody sees, in the colours made for white. */
function inLight<T>(figure: HTMLElement, work: (copy: HTMLElement) => T): T {
  const host = document.createElement('div');
  host.dataset.mantineColorScheme = 'light';
  host.className = 'visually-hidden';
  host.append(figure.cloneNode(true));
  document.body.append(host);
  try {
    return work(host);
  } finally {
    host.remove();
  }
}

function compose(copy: HTMLElement, { title, about, note }: Picture) {
  const plot = copy.querySelector<SVGSVGElement>('svg[role="application"], svg.recharts-surface');
  if (plot === null) throw new Error('this chart is still empty');
  const width = plot.width.baseVal.value + 2 * pad;
  for (const element of plot.querySelectorAll<SVGElement>('*')) {
    const style = getComputedStyle(element);
    for (const look of looks) element.setAttribute(look, style.getPropertyValue(look));
    element.removeAttribute('class');
  }
  const ink = getComputedStyle(copy).getPropertyValue('--ink');
  const soft = getComputedStyle(copy).getPropertyValue('--ink-soft');
  const texts: string[] = [];
  const write = (text: string, x: number, y: number, look: string) =>
    texts.push(`<text x="${x}" y="${y}" ${look}>${escape(text)}</text>`);
  const bold = `font-weight="650" fill="${ink}"`;
  let y = pad + 12;
  write(title, pad, y, `font-size="13" ${bold}`);
  write(about, pad + textWidth(title, `650 13px ${font}`) + 8, y, `font-size="12" fill="${soft}"`);
  y += lineHeight + 2;
  let x = pad;
  for (const item of copy.querySelectorAll('li')) {
    const value = item.querySelector('b')?.textContent ?? '';
    const name = (item.textContent ?? '').replace(value, '').trim();
    const nameWidth = textWidth(name, `11px ${font}`);
    const full = 14 + nameWidth + 5 + textWidth(value, `650 11px ${font}`) + 12;
    if (x > pad && x + full > width - pad) {
      x = pad;
      y += lineHeight;
    }
    const swatch = item.querySelector('i');
    const color = swatch === null ? ink : getComputedStyle(swatch).color;
    const dashes = swatch?.dataset.dashed === 'true' ? 'stroke-dasharray="4 2"' : '';
    texts.push(
      `<line x1="${x}" x2="${x + 10}" y1="${y - 4}" y2="${y - 4}" stroke="${color}" stroke-width="3" ${dashes}/>`,
    );
    write(name, x + 14, y, `font-size="11" fill="${ink}"`);
    write(value, x + 14 + nameWidth + 5, y, `font-size="11" ${bold}`);
    x += full;
  }
  y += 6;
  plot.setAttribute('x', String(pad));
  plot.setAttribute('y', String(y));
  plot.removeAttribute('style');
  y += plot.height.baseVal.value + lineHeight;
  write(note, pad, y, `font-size="9" fill="${soft}"`);
  const height = y + pad;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${escape(font)}">` +
    `<rect width="100%" height="100%" fill="#fff"/>${texts.join('')}${new XMLSerializer().serializeToString(plot)}</svg>`;
  return { svg, width, height };
}

const pen = typeof document === 'undefined' ? null : document.createElement('canvas').getContext('2d');

function textWidth(text: string, style: string): number {
  if (pen === null) return 7 * text.length;
  pen.font = style;
  return pen.measureText(text).width;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
