import { Random } from '../random.ts';

/**
 * A fixed view of a drawing: moved, bent, recoloured, lit and partly covered, as its seed says. These stand for what differs between hands:
 * place, proportions, palette, shading. The same changes as in pretraining (`pytorch/genrecal/augment.py`), one picture at a time, on the host.
 */

/** A square RGB picture, [S, S, 3] in 0–1, and its side S. */
interface Square {
  pixels: Float32Array;
  side: number;
}

/** Seed of an example's view; the drawings of a scene take one each, up to four. */
export const viewSeed = (seed: number, example: number) =>
  new Random(Math.imul(seed + 1, 0x9e3779b1) ^ example).int(2 ** 28) * 4;

/** Knots of the field that bends a drawing, each way. */
const knots = 5;

/** @returns a new picture [S, S, 3]; values are whole 255ths, so that rounding of a machine's own functions does not show. */
export function viewOf(picture: Float32Array, seed: number): Float32Array {
  const random = new Random(seed);
  const side = Math.sqrt(picture.length / 3);
  const pixels = warped({ pixels: picture, side }, random);
  recolour(pixels, random);
  light({ pixels, side }, random);
  cover({ pixels, side }, random);
  for (let i = 0; i < pixels.length; i++)
    pixels[i] = Math.round(255 * Math.min(1, Math.max(0, pixels[i]!))) / 255;
  return pixels;
}

const between = (random: Random, low: number, high: number) => low + (high - low) * random.next();

/** Scale, rotation, shear, shift, flip and a smooth local bend, bilinear; what comes from outside is white. */
function warped({ pixels, side }: Square, random: Random): Float32Array {
  const angle = between(random, -0.35, 0.35);
  const across = Math.exp(between(random, -0.15, 0.35));
  const down = across * Math.exp(between(random, -0.2, 0.2));
  const shear = between(random, -0.2, 0.2);
  const flip = random.next() < 0.5 ? -1 : 1;
  const shift = [between(random, -0.2, 0.2), between(random, -0.2, 0.2)] as const;
  const field = Array.from({ length: 2 * knots * knots }, () => 0.07 * random.normal());
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const out = new Float32Array(pixels.length);
  const centred = (at: number) => (2 * at + 1) / side - 1;
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const [x, y] = [centred(column), centred(row)];
      const bend = (axis: number) => smooth(field, axis * knots * knots, (x + 1) / 2, (y + 1) / 2);
      const sx = cos * across * flip * x + (shear - sin) * down * y + shift[0] + bend(0);
      const sy = sin * across * flip * x + cos * down * y + shift[1] + bend(1);
      const fromX = ((sx + 1) * side - 1) / 2;
      const fromY = ((sy + 1) * side - 1) / 2;
      for (let c = 0; c < 3; c++)
        out[(row * side + column) * 3 + c] = bilinear(pixels, side, fromX, fromY, c);
    }
  return out;
}

/** Between the knots of a field at (u, v) in 0–1. */
function smooth(field: readonly number[], from: number, u: number, v: number): number {
  const [x, y] = [u * (knots - 1), v * (knots - 1)];
  const [left, top] = [Math.min(Math.floor(x), knots - 2), Math.min(Math.floor(y), knots - 2)];
  // Cubic easing: the field has no creases at its knots.
  const ease = (t: number) => t * t * (3 - 2 * t);
  const [a, b] = [ease(x - left), ease(y - top)];
  const at = (row: number, column: number) => field[from + (top + row) * knots + left + column]!;
  return (1 - b) * ((1 - a) * at(0, 0) + a * at(0, 1)) + b * ((1 - a) * at(1, 0) + a * at(1, 1));
}

function bilinear(pixels: Float32Array, side: number, x: number, y: number, channel: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [a, b] = [x - left, y - top];
  const at = (row: number, column: number) =>
    row < 0 || column < 0 || row >= side || column >= side ? 1 : pixels[(row * side + column) * 3 + channel]!;
  return (
    (1 - b) * ((1 - a) * at(top, left) + a * at(top, left + 1)) +
    b * ((1 - a) * at(top + 1, left) + a * at(top + 1, left + 1))
  );
}

/** Another hue, saturation and contrast, in YIQ (NTSC 1953: hue is the angle in the I–Q plane); sometimes grey, sometimes as through tinted glass. */
function recolour(pixels: Float32Array, random: Random): void {
  const hue = random.next() < 0.15 ? between(random, -Math.PI, Math.PI) : between(random, -0.5, 0.5);
  const saturation = random.next() < 0.15 ? 0 : Math.exp(between(random, -1, 0.5));
  const gamma = Math.exp(between(random, -0.5, 0.5));
  const ink = Math.exp(between(random, -0.4, 0.15));
  const glass = random.next() < 0.2 ? [random.next(), random.next(), random.next()] : [0, 0, 0];
  const [cos, sin] = [Math.cos(hue) * saturation, Math.sin(hue) * saturation];
  for (let p = 0; p < pixels.length; p += 3) {
    const [r, g, b] = [pixels[p]!, pixels[p + 1]!, pixels[p + 2]!];
    const y = 0.299 * r + 0.587 * g + 0.114 * b;
    const i = 0.596 * r - 0.274 * g - 0.322 * b;
    const q = 0.211 * r - 0.523 * g + 0.312 * b;
    const [u, v] = [i * cos - q * sin, i * sin + q * cos];
    const rgb = [y + 0.956 * u + 0.621 * v, y - 0.272 * u - 0.647 * v, y - 1.106 * u + 1.703 * v];
    for (let c = 0; c < 3; c++) {
      const paper = Math.min(1, Math.max(1e-4, rgb[c]!));
      // How much ink there is changes; paper stays white.
      pixels[p + c] = 1 - (1 - paper ** gamma) * ink * (1 - glass[c]!);
    }
  }
}

/** Lit from one side. */
function light({ pixels, side }: Square, random: Random): void {
  const angle = between(random, -Math.PI, Math.PI);
  const strength = random.next() < 0.3 ? between(random, 0, 0.35) : 0;
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const ramp =
        ((2 * row) / (side - 1) - 1) * Math.cos(angle) + ((2 * column) / (side - 1) - 1) * Math.sin(angle);
      for (let c = 0; c < 3; c++) {
        const at = (row * side + column) * 3 + c;
        pixels[at] = 1 - (1 - pixels[at]!) * (1 + strength * ramp);
      }
    }
}

/** Three in ten have a rectangle painted over, white or in a colour. */
function cover({ pixels, side }: Square, random: Random): void {
  if (random.next() >= 0.3) return;
  const span = () => {
    const [centre, half] = [random.next(), between(random, 0.08, 0.2)];
    return [Math.max(0, Math.ceil((centre - half) * side)), Math.min(side, (centre + half) * side)] as const;
  };
  const [rows, columns] = [span(), span()];
  const paint = random.next() < 0.5 ? [1, 1, 1] : [random.next(), random.next(), random.next()];
  for (let row = rows[0]; row < rows[1]; row++)
    for (let column = columns[0]; column < columns[1]; column++)
      for (let c = 0; c < 3; c++) pixels[(row * side + column) * 3 + c] = paint[c]!;
}
