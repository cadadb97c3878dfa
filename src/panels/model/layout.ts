import type { Flow, PartKey } from './parts.ts';

export interface Rect {
  x: number;
  y: number;
  w: number;
  h: number;
}

type Point = readonly [x: number, y: number];

/** Where parts and flows stand, in units of the drawing. */
export interface Layout {
  width: number;
  height: number;
  parts: Record<PartKey, Rect>;
  /** Polyline of each flow, and where its name stands; flows without one are not drawn. */
  flows: Partial<Record<string, { points: readonly Point[]; name?: Point }>>;
}

export function flowKey({ from, to }: Pick<Flow, 'from' | 'to'>): string {
  return `${from}>${to}`;
}

const rect = (x: number, y: number, w: number, h: number): Rect => ({ x, y, w, h });
const loss = (x: number, y: number): Rect => rect(x, y, 78, 36);

/** Left to right: teacher above, student below, the Recalibrator between them. */
export const wideLayout: Layout = {
  width: 646,
  height: 362,
  parts: {
    examples: rect(4, 148, 218, 62),
    teacherVision: rect(4, 4, 106, 66),
    teacherConnector: rect(124, 4, 98, 66),
    teacherTokens: rect(124, 82, 98, 46),
    teacherBody: rect(238, 4, 98, 124),
    teacherHead: rect(456, 4, 96, 66),
    pre: rect(238, 148, 98, 66),
    recBody: rect(352, 148, 90, 66),
    post: rect(456, 148, 96, 66),
    studentTokens: rect(124, 230, 98, 46),
    studentVision: rect(4, 292, 106, 66),
    studentConnector: rect(124, 292, 98, 66),
    studentBody: rect(238, 234, 98, 124),
    studentHead: rect(456, 292, 96, 66),
    mainCe: loss(566, 4),
    mainKl: loss(566, 44),
    regCe: loss(566, 144),
    regKl: loss(566, 184),
    regMse: loss(566, 163),
    distillation: loss(566, 163),
    sft: loss(566, 307),
  },
  flows: {
    'examples>teacherVision': {
      points: [
        [57, 148],
        [57, 70],
      ],
    },
    'examples>teacherTokens': {
      points: [
        [173, 148],
        [173, 128],
      ],
    },
    'examples>studentVision': {
      points: [
        [57, 210],
        [57, 292],
      ],
    },
    'examples>studentTokens': {
      points: [
        [173, 210],
        [173, 230],
      ],
    },
    'teacherVision>teacherConnector': {
      points: [
        [110, 37],
        [124, 37],
      ],
    },
    'teacherConnector>teacherBody': {
      points: [
        [222, 37],
        [238, 37],
      ],
    },
    'teacherTokens>teacherBody': {
      points: [
        [222, 105],
        [238, 105],
      ],
    },
    'studentVision>studentConnector': {
      points: [
        [110, 325],
        [124, 325],
      ],
    },
    'studentConnector>studentBody': {
      points: [
        [222, 325],
        [238, 325],
      ],
    },
    'studentTokens>studentBody': {
      points: [
        [222, 253],
        [238, 253],
      ],
    },
    'teacherBody>teacherHead': {
      points: [
        [336, 37],
        [456, 37],
      ],
      name: [396, 31],
    },
    'teacherBody>pre': {
      points: [
        [287, 128],
        [287, 148],
      ],
      name: [324, 142],
    },
    'teacherTokens>pre': {
      points: [
        [215, 128],
        [215, 138],
        [262, 138],
        [262, 148],
      ],
      name: [348, 142],
    },
    'pre>recBody': {
      points: [
        [336, 181],
        [352, 181],
      ],
    },
    'recBody>post': {
      points: [
        [442, 181],
        [456, 181],
      ],
    },
    'studentBody>recBody': {
      points: [
        [336, 262],
        [397, 262],
        [397, 214],
      ],
      name: [416, 240],
    },
    'post>teacherHead': {
      points: [
        [504, 148],
        [504, 70],
      ],
      name: [522, 114],
    },
    'studentBody>studentHead': {
      points: [
        [336, 325],
        [456, 325],
      ],
      name: [396, 319],
    },
    'teacherHead>mainCe': {
      points: [
        [552, 22],
        [566, 22],
      ],
    },
    'teacherHead>mainKl': {
      points: [
        [552, 62],
        [566, 62],
      ],
    },
    'teacherHead>regCe': {
      points: [
        [545, 70],
        [545, 100],
        [605, 100],
        [605, 144],
      ],
    },
    'teacherHead>regKl': {
      points: [
        [545, 70],
        [545, 100],
        [559, 100],
        [559, 202],
        [566, 202],
      ],
    },
    'teacherHead>distillation': {
      points: [
        [545, 70],
        [545, 100],
        [605, 100],
        [605, 163],
      ],
    },
    'studentHead>distillation': {
      points: [
        [545, 292],
        [545, 262],
        [605, 262],
        [605, 199],
      ],
    },
    'post>regMse': {
      points: [
        [552, 181],
        [566, 181],
      ],
    },
    'teacherBody>regMse': {
      points: [
        [336, 100],
        [605, 100],
        [605, 163],
      ],
    },
    'studentHead>sft': {
      points: [
        [552, 325],
        [566, 325],
      ],
    },
  },
};

const narrowLoss = (x: number, y: number): Rect => rect(x, y, 104, 36);

/** Top to bottom, for a phone: teacher on the left, student on the right, the Recalibrator between them. */
export const narrowLayout: Layout = {
  width: 340,
  height: 560,
  parts: {
    examples: rect(118, 4, 104, 66),
    teacherVision: rect(2, 4, 104, 66),
    teacherConnector: rect(2, 84, 104, 66),
    teacherTokens: rect(22, 164, 84, 46),
    teacherBody: rect(2, 224, 104, 80),
    teacherHead: rect(2, 386, 104, 66),
    pre: rect(118, 224, 104, 66),
    recBody: rect(118, 305, 104, 66),
    post: rect(118, 386, 104, 66),
    studentVision: rect(234, 4, 104, 66),
    studentConnector: rect(234, 84, 104, 66),
    studentTokens: rect(234, 164, 84, 46),
    studentBody: rect(234, 224, 104, 80),
    studentHead: rect(234, 386, 104, 66),
    mainCe: narrowLoss(2, 474),
    mainKl: narrowLoss(2, 518),
    regCe: narrowLoss(118, 474),
    regKl: narrowLoss(118, 518),
    regMse: narrowLoss(118, 474),
    distillation: narrowLoss(118, 474),
    sft: narrowLoss(234, 474),
  },
  flows: {
    'examples>teacherVision': {
      points: [
        [118, 37],
        [106, 37],
      ],
    },
    'examples>studentVision': {
      points: [
        [222, 37],
        [234, 37],
      ],
    },
    'examples>teacherTokens': {
      points: [
        [140, 70],
        [140, 187],
        [106, 187],
      ],
    },
    'examples>studentTokens': {
      points: [
        [200, 70],
        [200, 187],
        [234, 187],
      ],
    },
    'teacherVision>teacherConnector': {
      points: [
        [54, 70],
        [54, 84],
      ],
    },
    'teacherConnector>teacherBody': {
      points: [
        [12, 150],
        [12, 224],
      ],
    },
    'teacherTokens>teacherBody': {
      points: [
        [64, 210],
        [64, 224],
      ],
    },
    'studentVision>studentConnector': {
      points: [
        [286, 70],
        [286, 84],
      ],
    },
    'studentConnector>studentBody': {
      points: [
        [328, 150],
        [328, 224],
      ],
    },
    'studentTokens>studentBody': {
      points: [
        [276, 210],
        [276, 224],
      ],
    },
    'teacherBody>pre': {
      points: [
        [106, 257],
        [118, 257],
      ],
      name: [150, 218],
    },
    'teacherTokens>pre': {
      points: [
        [98, 210],
        [98, 217],
        [130, 217],
        [130, 224],
      ],
    },
    'pre>recBody': {
      points: [
        [170, 290],
        [170, 305],
      ],
    },
    'recBody>post': {
      points: [
        [170, 371],
        [170, 386],
      ],
    },
    'studentBody>recBody': {
      points: [
        [262, 304],
        [262, 338],
        [222, 338],
      ],
      name: [246, 354],
    },
    'teacherBody>teacherHead': {
      points: [
        [54, 304],
        [54, 386],
      ],
      name: [68, 348],
    },
    'studentBody>studentHead': {
      points: [
        [300, 304],
        [300, 386],
      ],
      name: [318, 348],
    },
    'post>teacherHead': {
      points: [
        [118, 419],
        [106, 419],
      ],
      name: [112, 382],
    },
    'teacherHead>mainCe': {
      points: [
        [54, 452],
        [54, 474],
      ],
    },
    'teacherHead>regCe': {
      points: [
        [96, 452],
        [96, 463],
        [170, 463],
        [170, 474],
      ],
    },
    'teacherHead>regKl': {
      points: [
        [96, 452],
        [96, 463],
        [112, 463],
        [112, 536],
        [118, 536],
      ],
    },
    'teacherHead>distillation': {
      points: [
        [96, 452],
        [96, 463],
        [150, 463],
        [150, 474],
      ],
    },
    'studentHead>distillation': {
      points: [
        [244, 452],
        [244, 463],
        [190, 463],
        [190, 474],
      ],
    },
    'post>regMse': {
      points: [
        [170, 452],
        [170, 474],
      ],
    },
    'studentHead>sft': {
      points: [
        [286, 452],
        [286, 474],
      ],
    },
  },
};
