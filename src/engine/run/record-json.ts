import { decode, encode } from 'fast-png';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { withInput } from '../what-is-wrong.ts';
import { rgbaSide } from '../data/picture.ts';
import { reasonOf, requireVersion, type StoredFormat } from '../stored-version.ts';
import { jsonNumbers } from '../json-numbers.ts';
import { parseEvent, type TrainEvent } from './events.ts';
import type { RunRecord, TimedEvent } from './record.ts';
import { recordSchema } from './record-schema.ts';

const format: StoredFormat = {
  name: 'The recorded run',
  version: 1,
  code: 'bundle-invalid',
  action: 'Open it with the page that made it.',
};

/** A record as JSON values: pictures become PNG files in base64, numbers that are not finite become texts. */
export function recordToJson(record: RunRecord): unknown {
  return {
    ...record,
    events: record.events.map(({ at, event }) => ({
      at,
      event: jsonNumbers(withPngs(event)),
    })),
  };
}

/**
 * The reverse of `recordToJson`; events of kinds that this page does not know are left out.
 * @throws EngineError `bundle-invalid` with the first thing that is wrong.
 */
export function recordFromJson(json: unknown): RunRecord {
  try {
    return checkRecord(json, (event) => parseEvent(withPictures(event)));
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError(
      'bundle-invalid',
      `The file is not a recorded run: ${reasonOf(error)}.`,
      'Choose a run that this page saved, or save it again.',
      { cause: error },
    );
  }
}

/**
 * A record as it was kept, pictures as events hold them; events of kinds that this page does not know are left out.
 * @throws EngineError where it is of another version, ZodError where it is damaged
 */
export function checkRecord(
  value: unknown,
  readEvent: (event: unknown) => TrainEvent | undefined = parseEvent,
): RunRecord {
  const found = z.looseObject({ format: z.number() }).safeParse(value);
  if (found.success) requireVersion(format, found.data.format);
  const { events, ...head } = recordSchema.parse(value, withInput);
  return {
    ...head,
    events: withoutRests(
      events.flatMap(({ at, event }): TimedEvent[] => {
        const known = readEvent(event);
        return known === undefined ? [] : [{ at, event: known }];
      }),
    ),
  };
}

/** Pages of before counted the time for which a run rested; in a record without it, nothing changes. */
function withoutRests(events: readonly TimedEvent[]): TimedEvent[] {
  let rested = 0;
  let since: number | undefined;
  return events.map(({ at, event }) => {
    if (since !== undefined) rested += at - since;
    since = event.type === 'paused' || (since !== undefined && event.type !== 'resumed') ? at : undefined;
    return { at: at - rested, event };
  });
}

function withPngs(event: TrainEvent): unknown {
  if (event.type === 'panel') return { ...event, items: event.items.map((item) => pictureAs(item, toPng)) };
  if (event.type === 'example') return { ...event, example: pictureAs(event.example, toPng) };
  return event;
}

/** The same with its picture, if it has one, in another form. */
function pictureAs<From, To>(item: { picture?: From | undefined }, as: (picture: From) => To): object {
  return item.picture === undefined ? item : { ...item, picture: as(item.picture) };
}

const pictured = z.looseObject({ picture: z.string().optional() });

function withPictures(event: unknown): unknown {
  const type = (event as { type?: unknown } | null)?.type;
  if (type === 'example') {
    const { example, ...rest } = z.looseObject({ example: pictured }).parse(event, withInput);
    return { ...rest, example: pictureAs(example, fromPng) };
  }
  if (type !== 'panel') return event;
  const panel = z.looseObject({ items: z.array(pictured) }).parse(event, withInput);
  return { ...panel, items: panel.items.map((item) => pictureAs(item, fromPng)) };
}

function toPng(picture: Uint8ClampedArray): string {
  const data = new Uint8Array(picture.buffer, picture.byteOffset, picture.byteLength);
  const side = rgbaSide(picture);
  return btoa(String.fromCharCode(...encode({ width: side, height: side, data, channels: 4, depth: 8 })));
}

function fromPng(text: string): Uint8ClampedArray<ArrayBuffer> {
  const { data, width, height, channels } = decode(
    Uint8Array.from(atob(text), (character) => character.charCodeAt(0)),
  );
  if (width !== height || channels !== 4)
    throw new Error(`a picture has ${width}×${height} pixels and ${channels} channels`);
  return new Uint8ClampedArray(data);
}
