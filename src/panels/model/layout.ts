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
  /** Names of groups of parts, centred. */
  captions: readonly { text: string; at: Point }[];
  /** Where the heads' likeliest words stand, where there is room. */
  words?: Rect;
  /** Polyline of each flow, and where its name stands; flows without one are not drawn. */
  flows: Partial<Record<string, { points: readonly Point[]; name?: Point }>>;
}

export function flowKey({ from, to }: Pick<Flow, 'from' | 'to'>): string {
  return `${from}>${to}`;
}

/** “x,y x,y …”, and where the name stands. */
const path = (corners: string, name?: Point) => ({
  points: corners.split(' ').map((corner): Point => {
    const [x, y] = corner.split(',').map(Number);
    return [x!, y!];
  }),
  ...(name && { name }),
});

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
  words: rect(342, 72, 156, 58),
  captions: [
    { text: 'Teacher', at: [396, 66] },
    { text: 'Recalibrator', at: [397, 142] },
    { text: 'Student', at: [396, 348] },
  ],
  flows: {
    'examples>teacherVision': path('57,148 57,70'),
    'examples>teacherTokens': path('173,148 173,128'),
    'examples>studentVision': path('57,210 57,292'),
    'examples>studentTokens': path('173,210 173,230'),
    'teacherVision>teacherConnector': path('110,37 124,37'),
    'teacherConnector>teacherBody': path('222,37 238,37'),
    'teacherTokens>teacherBody': path('222,105 238,105'),
    'studentVision>studentConnector': path('110,325 124,325'),
    'studentConnector>studentBody': path('222,325 238,325'),
    'studentTokens>studentBody': path('222,253 238,253'),
    'teacherBody>teacherHead': path('336,37 456,37', [396, 31]),
    'teacherBody>pre': path('287,128 287,148', [324, 142]),
    'teacherTokens>pre': path('215,128 215,138 262,138 262,148', [348, 142]),
    'pre>recBody': path('336,181 352,181'),
    'recBody>post': path('442,181 456,181'),
    'studentBody>recBody': path('336,262 397,262 397,214', [416, 240]),
    'post>teacherHead': path('504,148 504,70', [522, 114]),
    'studentBody>studentHead': path('336,325 456,325', [396, 319]),
    'teacherHead>mainCe': path('552,22 566,22'),
    'teacherHead>mainKl': path('552,62 566,62'),
    'teacherHead>regCe': path('545,70 545,100 605,100 605,144'),
    'teacherHead>regKl': path('545,70 545,100 559,100 559,202 566,202'),
    'teacherHead>distillation': path('545,70 545,100 605,100 605,163'),
    'studentHead>distillation': path('545,292 545,262 605,262 605,199'),
    'post>regMse': path('552,181 566,181'),
    'teacherBody>regMse': path('336,100 605,100 605,163'),
    'studentHead>sft': path('552,325 566,325'),
  },
};

const narrowLoss = (x: number, y: number): Rect => rect(x, y, 104, 36);

/** Top to bottom, for a phone: teacher on the left, student on the right, the Recalibrator between them. */
export const narrowLayout: Layout = {
  width: 340,
  height: 574,
  parts: {
    examples: rect(118, 20, 104, 66),
    teacherVision: rect(2, 20, 104, 66),
    teacherConnector: rect(2, 100, 104, 66),
    teacherTokens: rect(18, 180, 88, 46),
    teacherBody: rect(2, 240, 104, 80),
    teacherHead: rect(2, 402, 104, 66),
    pre: rect(118, 240, 104, 66),
    recBody: rect(118, 321, 104, 66),
    post: rect(118, 402, 104, 66),
    studentVision: rect(234, 20, 104, 66),
    studentConnector: rect(234, 100, 104, 66),
    studentTokens: rect(234, 180, 88, 46),
    studentBody: rect(234, 240, 104, 80),
    studentHead: rect(234, 402, 104, 66),
    mainCe: narrowLoss(2, 490),
    mainKl: narrowLoss(2, 534),
    regCe: narrowLoss(118, 490),
    regKl: narrowLoss(118, 534),
    regMse: narrowLoss(118, 490),
    distillation: narrowLoss(118, 490),
    sft: narrowLoss(234, 490),
  },
  captions: [
    { text: 'Teacher', at: [54, 12] },
    { text: 'Student', at: [286, 12] },
  ],
  flows: {
    'examples>teacherVision': path('118,53 106,53'),
    'examples>studentVision': path('222,53 234,53'),
    'examples>teacherTokens': path('140,86 140,203 106,203'),
    'examples>studentTokens': path('200,86 200,203 234,203'),
    'teacherVision>teacherConnector': path('54,86 54,100'),
    'teacherConnector>teacherBody': path('12,166 12,240'),
    'teacherTokens>teacherBody': path('64,226 64,240'),
    'studentVision>studentConnector': path('286,86 286,100'),
    'studentConnector>studentBody': path('328,166 328,240'),
    'studentTokens>studentBody': path('276,226 276,240'),
    'teacherBody>pre': path('106,273 118,273', [150, 234]),
    'teacherTokens>pre': path('98,226 98,233 130,233 130,240'),
    'pre>recBody': path('170,306 170,321'),
    'recBody>post': path('170,387 170,402'),
    'studentBody>recBody': path('262,320 262,354 222,354', [246, 370]),
    'teacherBody>teacherHead': path('54,320 54,402', [68, 364]),
    'studentBody>studentHead': path('300,320 300,402', [318, 364]),
    'post>teacherHead': path('118,435 106,435', [112, 398]),
    'teacherHead>mainCe': path('54,468 54,490'),
    'teacherHead>regCe': path('96,468 96,479 170,479 170,490'),
    'teacherHead>regKl': path('96,468 96,479 112,479 112,552 118,552'),
    'teacherHead>distillation': path('96,468 96,479 150,479 150,490'),
    'studentHead>distillation': path('244,468 244,479 190,479 190,490'),
    'post>regMse': path('170,468 170,490'),
    'studentHead>sft': path('286,468 286,490'),
  },
};
