import { memo, useRef, type KeyboardEvent } from 'react';
import type { AskedItem } from '../side-by-side/use-asked.ts';
import { Picture } from '../side-by-side/picture.tsx';
import { gridOf } from './columns.ts';
import classes from './pictures.module.css';
import { useColumns } from './use-columns.ts';

interface WallProps {
  asked: readonly AskedItem[];
  /** What they are, “questions about …”. */
  about: string;
  /** The one that is shown large. */
  large: string;
  pinned: string | undefined;
  onPin: (id: string) => void;
  onPoint: (id: string | undefined) => void;
}

/** Every live question, as a picture or where it is about none as a card, whose border says whether the student has it right; arrow keys go from one to the next. */
export function Wall({ asked, about, large, pinned, onPin, onPoint }: WallProps) {
  const cards = asked.some(({ item }) => item.picture === undefined);
  const { ref, columns } = useColumns(asked.length, cards);
  const grid = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    const tiles = [...(grid.current?.querySelectorAll('button') ?? [])];
    const next = tiles[tiles.findIndex((tile) => tile === document.activeElement) + (by ?? 0)];
    if (by === undefined || next === undefined) return;
    event.preventDefault();
    next.focus();
  };
  const count = (which: (one: AskedItem) => boolean) => asked.filter(which).length;
  const right = count((one) => one.right.now);
  return (
    <div className={classes.side}>
      <div className={classes.room} ref={ref}>
        <div
          ref={grid}
          className={classes.wall}
          data-cards={cards || undefined}
          role="toolbar"
          tabIndex={-1}
          aria-label={`${asked.length} ${about}; right now: ${right}`}
          style={gridOf(columns)}
          onKeyDown={move}
          onPointerLeave={() => onPoint(undefined)}
          onBlur={() => onPoint(undefined)}
        >
          {asked.map((one) => (
            <Tile
              key={one.item.id}
              one={one}
              large={one.item.id === large}
              pinned={one.item.id === pinned}
              onPin={onPin}
              onPoint={onPoint}
            />
          ))}
        </div>
      </div>
      <p className={classes.key}>
        <span data-mark="right">{right} right</span>
        <span data-mark="wrong">{asked.length - right} not yet</span>
        <span data-mark="lost">{count(({ change }) => change === 'lost')} lost</span>
        <span data-mark="teacher">{count((one) => !one.right.teacher)} the teacher has wrong</span>
      </p>
    </div>
  );
}

const Tile = memo(function Tile(props: {
  one: AskedItem;
  large: boolean;
  pinned: boolean;
  onPin: (id: string) => void;
  onPoint: (id: string) => void;
}) {
  const { one, large, pinned, onPin, onPoint } = props;
  const { item, right, change } = one;
  const { id, picture, question, reference } = item;
  const state = right.now ? 'right' : change === 'lost' ? 'lost' : 'wrong';
  const words = `${picture ? '' : `${question} `}${reference} ${state === 'right' ? 'Right' : state === 'lost' ? 'No longer right' : 'Not right yet'}${
    right.teacher ? '' : '; the teacher has it wrong'
  }`;
  return (
    <button
      type="button"
      className={classes.tile}
      data-state={state}
      data-gained={change === 'gained' || undefined}
      data-large={large || undefined}
      aria-pressed={pinned}
      aria-label={words}
      tabIndex={large ? 0 : -1}
      onClick={() => onPin(id)}
      onFocus={() => onPoint(id)}
      onPointerEnter={(event) => event.pointerType === 'mouse' && onPoint(id)}
    >
      {picture ? (
        <Picture pixels={picture} label={reference} className={classes.thumb} />
      ) : (
        <span className={classes.words}>{question}</span>
      )}
      {!right.teacher && <i className={classes.teacherErrs} aria-hidden />}
    </button>
  );
});
