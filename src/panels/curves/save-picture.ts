/** Properties that colours and strokes of the page's charts come from. */
const inlined = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'font-size',
];
const margin = 16;
const head = 46;
/** Pixels of the picture for one of the screen. */
const sharpness = 3;

/** Saves a chart for a slide: title, legend and curves on the panel's own paper, as a PNG. */
export async function savePicture(figure: HTMLElement, title: string): Promise<void> {
  const svg = figure.querySelector('svg.recharts-surface');
  if (!(svg instanceof SVGSVGElement)) return;
  const { width, height } = svg.getBoundingClientRect();
  const style = getComputedStyle(figure);
  const canvas = document.createElement('canvas');
  canvas.width = (width + 2 * margin) * sharpness;
  canvas.height = (height + head + 2 * margin) * sharpness;
  const context = canvas.getContext('2d')!;
  context.scale(sharpness, sharpness);
  context.fillStyle = getComputedStyle(figure.closest('section') ?? document.body).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = style.color;
  context.font = `600 14px ${style.fontFamily}`;
  context.fillText(title, margin, margin + 10);
  drawLegend(context, figure, style, width + margin);
  context.drawImage(await pictureOf(svg, width, height), margin, margin + head, width, height);
  const link = document.createElement('a');
  link.download = `${title.replaceAll(/[^\p{L}\p{N}]+/gu, '-').toLowerCase()}.png`;
  link.href = canvas.toDataURL('image/png');
  link.click();
}

function drawLegend(
  context: CanvasRenderingContext2D,
  figure: HTMLElement,
  style: CSSStyleDeclaration,
  right: number,
): void {
  let [x, y] = [margin, margin + 30];
  for (const item of figure.querySelectorAll('figcaption li')) {
    context.font = `12px ${style.fontFamily}`;
    const text = item.textContent?.trim().replaceAll(/\s+/g, ' ') ?? '';
    const needed = 28 + context.measureText(text).width;
    if (x > margin && x + needed > right) [x, y] = [margin, y + 15];
    const mark = getComputedStyle(item.querySelector('i')!);
    context.fillStyle = mark.backgroundColor === 'rgba(0, 0, 0, 0)' ? mark.color : mark.backgroundColor;
    context.fillRect(x, y - 6, 12, 3);
    context.fillStyle = style.color;
    context.fillText(text, x + 17, y);
    x += needed;
  }
}

/** An SVG drawn with the colours it has on the page, which a copy outside of it would not know. */
async function pictureOf(svg: SVGSVGElement, width: number, height: number): Promise<HTMLImageElement> {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [svg, ...svg.querySelectorAll('*')];
  [copy, ...copy.querySelectorAll('*')].forEach((element, i) => {
    const computed = getComputedStyle(originals[i]!);
    for (const property of inlined) element.setAttribute(property, computed.getPropertyValue(property));
    element.removeAttribute('class');
  });
  copy.setAttribute('width', String(width * sharpness));
  copy.setAttribute('height', String(height * sharpness));
  copy.setAttribute('viewBox', `0 0 ${width} ${height}`);
  copy.setAttribute('font-family', getComputedStyle(svg).fontFamily);
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}
