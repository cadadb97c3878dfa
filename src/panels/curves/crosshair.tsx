import { useEffect, useEffectEvent, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { useStore } from '../../store/store.ts';
import type { Abscissa } from './axis/abscissa.ts';
import { panned, position, valueAt, zoomed, type Axis } from './axes.ts';
import type { ChartLine } from './lines.ts';
import { margin } from './plot.tsx';
import { readOut } from './read-out.ts';
import classes from './curves.module.css';

interface CrosshairProps {
  title: string;
  axis: Axis;
  over: Abscissa;
  /** From where to where there is anything to look at. */
  whole: readonly [number, number];
  /** Where the last numbers are. */
  newest: number;
  lines: readonly ChartLine[];
  points: boolean;
  /** Whether this chart has all the room: then the wheel is its own, too. */
  enlarged: boolean;
  onEnlarge: (() => void) | undefined;
  format: (value: number) => string;
}

/** px by which a pointer may tremble while it is pressed. */
const still = 5;
/** What one press of a key leaves of the axis, and by how much of it another moves. */
const keyZoom = 0.5;
const keyPan = 0.25;

/**
 * One place, marked in all charts at once: by pointer, or by arrow keys in the chart that has the focus. Lies above the picture and moves
 * without drawing it again. A part that is dragged over fills the charts; so does the wheel with Ctrl, and + and −.
 */
export function Crosshair(props: CrosshairProps) {
  const { title, axis, over, whole, newest, lines, points, enlarged, onEnlarge, format } = props;
  const place = useStore((state) => state.crosshair);
  const setPlace = useStore((state) => state.setCrosshair);
  const setCurves = useStore((state) => state.setCurves);
  const looking = useStore((state) => state.curves.window !== undefined);
  const area = useRef<HTMLDivElement>(null);
  /** Shares of the axis between which a pointer is dragged. */
  const [brush, setBrush] = useState<readonly [from: number, to: number]>();
  // A chart that goes leaves no mark in the others.
  useEffect(() => () => setPlace(undefined), [setPlace]);
  const [first, end] = axis.domain;
  // Updates are whole.
  const [least, most] = over.unit === 'steps' ? [Math.ceil(first), Math.floor(end)] : [first, end];
  const clamp = (value: number) => Math.max(least, Math.min(value, most));
  const look = (window: [number, number] | undefined) => setCurves({ window, follow: false });
  const zoom = (share: number, at: number) => look(zoomed(axis, share, at, whole));
  const pan = (by: number) => look(panned(axis, by, whole));

  const shareAt = (clientX: number) => {
    const { left, width } = area.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (clientX - left - margin.left) / (width - margin.left - margin.right)));
  };
  const turn = useEffectEvent((event: WheelEvent) => {
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    const zooming =
      event.ctrlKey || event.metaKey || (enlarged && Math.abs(event.deltaY) > Math.abs(sideways));
    if (!zooming && !(looking && sideways !== 0)) return;
    event.preventDefault();
    if (zooming) zoom(Math.min(2, Math.max(0.5, Math.exp(event.deltaY / 300))), shareAt(event.clientX));
    else pan(sideways / 600);
  });
  useEffect(() => {
    const element = area.current!;
    // React listens passively: the page would scroll or grow as well.
    element.addEventListener('wheel', turn, { passive: false });
    return () => element.removeEventListener('wheel', turn);
  }, []);

  const point = (event: PointerEvent) => {
    const share = shareAt(event.clientX);
    const next = clamp(over.snap(valueAt(axis, share)));
    if (next !== place) setPlace(next);
    if (brush !== undefined) setBrush([brush[0], share]);
  };
  const press = (event: PointerEvent) => {
    point(event);
    // A finger that moves over a chart reads it out.
    if (event.pointerType === 'touch' || event.button !== 0) return;
    area.current!.setPointerCapture(event.pointerId);
    const share = shareAt(event.clientX);
    setBrush([share, share]);
  };
  const release = () => {
    if (brush === undefined) return;
    setBrush(undefined);
    const [from, to] = brush.toSorted((a, b) => a - b) as [number, number];
    const { width } = area.current!.getBoundingClientRect();
    if ((to - from) * (width - margin.left - margin.right) <= still) return;
    zoom(to - from, from === 0 ? 0 : from / (1 - (to - from)));
  };
  const type = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const from = place ?? newest;
    const middle = place === undefined ? 0.5 : Math.min(1, Math.max(0, position(axis, place)));
    const goTo = (target: number) => () => setPlace(clamp(target));
    const move = (by: number) => goTo(over.move(from, by));
    const deeds: Record<string, (() => void) | undefined> = {
      ArrowLeft: event.shiftKey ? () => pan(-keyPan) : move(-1),
      ArrowDown: move(-1),
      ArrowRight: event.shiftKey ? () => pan(keyPan) : move(1),
      ArrowUp: move(1),
      PageDown: move(-10),
      PageUp: move(10),
      Home: goTo(first),
      End: goTo(newest),
      '+': () => zoom(keyZoom, middle),
      '=': () => zoom(keyZoom, middle),
      '-': () => zoom(1 / keyZoom, middle),
      '0': () => look(undefined),
      Enter: onEnlarge,
      Escape: place === undefined ? undefined : () => setPlace(undefined),
    };
    const deed = deeds[event.key];
    if (deed === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    deed();
  };

  const xs = lines[0]?.series.xs;
  const asked = points && place !== undefined && xs ? xs[lines[0]!.series.indexAt(place)] : undefined;
  const label =
    place === undefined
      ? ''
      : asked === undefined || asked === place
        ? over.label(place)
        : `${over.label(place)}, asked at ${over.unit === 'steps' ? asked : over.label(asked)}`;
  const share = place === undefined ? undefined : position(axis, Math.max(place, first));
  const text = lines
    .map((line) => [line.name, readOut(line, place, points, over.unit)] as const)
    .filter((entry): entry is readonly [string, number] => entry[1] !== undefined)
    .map(([name, value]) => `${name} ${format(value)}`);
  return (
    <div
      ref={area}
      className={classes.crosshair}
      tabIndex={0}
      role="slider"
      aria-label={`${title}: ${over.unit === 'steps' ? 'step' : 'time'}`}
      aria-keyshortcuts="+ - 0 Shift+ArrowLeft Shift+ArrowRight Enter"
      aria-valuemin={Math.ceil(first)}
      aria-valuemax={Math.floor(end)}
      aria-valuenow={Math.round(clamp(place ?? newest))}
      aria-valuetext={[over.label(place ?? newest), ...text].join(', ')}
      onPointerMove={point}
      onPointerDown={press}
      onPointerUp={release}
      onPointerCancel={() => setBrush(undefined)}
      onPointerLeave={() => setPlace(undefined)}
      onDoubleClick={() => look(undefined)}
      onKeyDown={type}
      onBlur={() => setPlace(undefined)}
    >
      <div
        className={classes.track}
        style={{ inset: `${margin.top}px ${margin.right}px ${margin.bottom}px ${margin.left}px` }}
      >
        {brush !== undefined && (
          <div
            className={classes.brush}
            style={{
              left: `${100 * Math.min(...brush)}%`,
              width: `${100 * Math.abs(brush[1] - brush[0])}%`,
            }}
          />
        )}
        {share !== undefined && share >= 0 && share <= 1 && (
          // Moved by a transform: a moved box would be a shift of the layout.
          <div
            className={classes.mark}
            style={{ transform: `translateX(${100 * share}%)` }}
            data-flip={share > 0.5}
          >
            <span>{label}</span>
          </div>
        )}
      </div>
    </div>
  );
}
