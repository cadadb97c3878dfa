/** A chart as a PNG for a slide: title, legend and numbers as on the screen, on white, in the light scheme's colours. */

import { escapeXml, inLight, pictureFont as font, svgPng } from '../../lib/svg-picture.ts';

const pad = 12;
const lineHeight = 16;
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
  const { svg, width, height } = inLight((host) => {
    host.append(figure.cloneNode(true));
    return compose(host, picture);
  });
  return svgPng(svg, width, height);
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
    texts.push(`<text x="${x}" y="${y}" ${look}>${escapeXml(text)}</text>`);
  const bold = `font-weight="650" fill="${ink}"`;
  let y = pad + 12;
  let x = pad;
  /** Writes word by word, on the next line where one has no room: a picture ends at its edge. */
  const flow = (text: string, size: number, weight: number, fill: string) => {
    const style = `${weight} ${size}px ${font}`;
    let line = '';
    const end = () => write(line, x, y, `font-size="${size}" font-weight="${weight}" fill="${fill}"`);
    for (const word of text.split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`;
      if (line !== '' && x + textWidth(longer, style) > width - pad) {
        end();
        x = pad;
        y += lineHeight;
        line = word;
      } else line = longer;
    }
    end();
    x += textWidth(line, style);
  };
  write(title, x, y, `font-size="13" ${bold}`);
  x += textWidth(title, `650 13px ${font}`) + 8;
  flow(about, 12, 400, soft);
  y += lineHeight + 2;
  x = pad;
  for (const item of copy.querySelectorAll('li')) {
    const value = item.querySelector('b')?.textContent ?? '';
    const name = (item.textContent ?? '').replace(value, '').trim().replaceAll(/\s+/g, ' ');
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
    const next = x + full;
    x += 14;
    const line = y;
    flow(name, 11, 400, ink);
    x += 5;
    flow(value, 11, 650, ink);
    x = y === line ? next : width;
  }
  y += 6;
  plot.setAttribute('x', String(pad));
  plot.setAttribute('y', String(y));
  plot.removeAttribute('style');
  y += plot.height.baseVal.value + lineHeight;
  x = pad;
  flow(note, 9, 400, soft);
  const height = y + pad;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${escapeXml(font)}">` +
    `<rect width="100%" height="100%" fill="#fff"/>${texts.join('')}${new XMLSerializer().serializeToString(plot)}</svg>`;
  return { svg, width, height };
}

const pen = typeof document === 'undefined' ? null : document.createElement('canvas').getContext('2d');

function textWidth(text: string, style: string): number {
  if (pen === null) return 7 * text.length;
  pen.font = style;
  return pen.measureText(text).width;
}
