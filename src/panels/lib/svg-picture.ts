/** Pictures for slides and papers: SVG that stands alone, on white, in the light scheme's colours. */

export const pictureFont = "'Segoe UI', system-ui, -apple-system, Helvetica, Arial, sans-serif";

/** px; a slide is about this wide. */
const wide = 1600;

/** An SVG as a PNG that is sharp on a slide. @param width px, as `height`, of the SVG */
export async function svgPng(svg: string, width: number, height: number): Promise<Blob> {
  const scale = Math.max(2, wide / width);
  const image = new Image();
  image.src = svgUrl(svg);
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob === null ? reject(new Error('no picture came out')) : resolve(blob))),
  );
}

export function svgUrl(svg: string): string {
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}

/** Works in a place of the page that nobody sees, in the colours made for white. */
export function inLight<T>(work: (host: HTMLElement) => T): T {
  const host = document.createElement('div');
  host.dataset.mantineColorScheme = 'light';
  host.className = 'visually-hidden';
  document.body.append(host);
  try {
    return work(host);
  } finally {
    host.remove();
  }
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
