/** A graphics card as a browser's WebGL names it. */
export interface Card {
  /** For people: “NVIDIA GeForce RTX 3080”. */
  name: string;
  /** Whether a program plays the card. */
  software: boolean;
}

/** Whether a name is of a program that computes in place of a card. */
export function isSoftware(name: string): boolean {
  return /swiftshader|llvmpipe|lavapipe|softpipe|basic render|software/i.test(name);
}

/**
 * The card in WebGL's `UNMASKED_RENDERER_WEBGL`, for example “ANGLE (NVIDIA, NVIDIA GeForce RTX 3080 (0x00002206) Direct3D11 vs_5_0 ps_5_0,
 * D3D11)”: without driver, interface and numbers. Undefined where the browser keeps it to itself.
 */
export function cardOf(renderer: string): Card | undefined {
  const [, inside, similar] = /^ANGLE \((.*)\)(, or similar)?$/.exec(renderer) ?? [];
  const parts = inside === undefined ? [renderer.replace(/,? or similar$/, '')] : outerParts(inside);
  const [vendor = '', device = vendor] = parts;
  const plain = (/^Vulkan [\d.]+ \((.*)\)$/.exec(device)?.[1] ?? device)
    .replace(/^ANGLE Metal Renderer: /, '')
    .replaceAll(/\((?:R|TM)\)/gi, '')
    .replace(/ Direct3D.*$/, '')
    .replace(/\/PCIe.*$/, '')
    .replace(/^(?:Mesa|Mesa DRI) (?!$)/, '');
  const bare = withoutBrackets(plain)
    .replace(/^(\S+) \1 /, '$1 ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (bare === '' || /^(?:Apple GPU|WebKit WebGL|Mozilla|Generic Renderer)$/.test(bare)) return undefined;
  const software = isSoftware(bare);
  const [maker = ''] = vendor
    .replace(/^ATI\b.*$/, 'AMD')
    .replaceAll(/\(R\)/gi, '')
    .split(' ');
  const named = software || parts.length < 2 || bare.toLowerCase().includes(maker.toLowerCase());
  const name = software ? bare.replace(/ Device$/, '') : named ? bare : `${maker} ${bare}`;
  return {
    name: similar !== undefined || renderer.endsWith(' or similar') ? `${name} or similar` : name,
    software,
  };
}

/** Split at commas outside brackets. */
function outerParts(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const letter of text) {
    depth += Number(letter === '(') - Number(letter === ')');
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim());
}

function withoutBrackets(text: string): string {
  const outer = text.replaceAll(/\([^()]*\)/g, '');
  return outer === text ? text : withoutBrackets(outer);
}
