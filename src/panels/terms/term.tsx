import { useEffect, useId, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import classes from './terms.module.css';

/** px between a word, its meaning and the window's edges. */
const gap = 6;

/** A word that says what it means while it is pointed at, has the focus, or was tapped; Escape, or a tap elsewhere, takes it away. */
export function Term({ word, meaning }: { word: string; meaning: string }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const close = () => setOpen(false);
  return (
    <span
      onPointerEnter={({ pointerType }) => pointerType !== 'touch' && setOpen(true)}
      onPointerLeave={({ pointerType }) =>
        pointerType !== 'touch' && document.activeElement !== button.current && close()
      }
    >
      <button
        ref={button}
        type="button"
        className={classes.word}
        aria-describedby={open ? id : undefined}
        // Escape then takes the meaning away, and not the dialog around it.
        data-mantine-stop-propagation={open}
        onFocus={() => setOpen(true)}
        onBlur={close}
        onClick={(event) => {
          // In a label it would move on to the field.
          event.preventDefault();
          setOpen(true);
        }}
      >
        {word}
      </button>
      {open && <Meaning id={id} text={meaning} of={button} onClose={close} />}
    </span>
  );
}

interface MeaningProps {
  id: string;
  text: string;
  of: RefObject<HTMLButtonElement | null>;
  onClose: () => void;
}

/** In the browser's top layer: nothing clips it, and nothing moves for it. */
function Meaning({ id, text, of, onClose }: MeaningProps) {
  const tip = useRef<HTMLSpanElement>(null);
  /** Where the word stood, px from the top of the window. */
  const placed = useRef(0);
  useLayoutEffect(() => {
    const own = tip.current;
    if (own === null || of.current === null) return;
    // Browsers without a top layer draw it where it stands, above its neighbours.
    (own as { showPopover?: () => void }).showPopover?.();
    const word = of.current.getBoundingClientRect();
    placed.current = word.top;
    const { width, height } = own.getBoundingClientRect();
    const below = word.bottom + gap + height <= innerHeight;
    own.style.left = `${Math.max(gap, Math.min(word.left, innerWidth - width - gap))}px`;
    own.style.top = `${below ? word.bottom + gap : Math.max(gap, word.top - gap - height)}px`;
  }, [of, text]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      onClose();
    };
    const point = ({ target }: Event) => {
      if (!(target instanceof Node) || of.current?.parentElement?.contains(target) !== true) onClose();
    };
    // What scrolls elsewhere, or stays where it is, leaves the meaning beside its word.
    const scrolled = () => {
      const top = of.current?.getBoundingClientRect().top;
      if (top === undefined || Math.abs(top - placed.current) >= 1) onClose();
    };
    document.addEventListener('keydown', press, true);
    document.addEventListener('pointerdown', point, true);
    document.addEventListener('scroll', scrolled, true);
    return () => {
      document.removeEventListener('keydown', press, true);
      document.removeEventListener('pointerdown', point, true);
      document.removeEventListener('scroll', scrolled, true);
    };
  });
  return (
    <span ref={tip} id={id} role="tooltip" popover="manual" className={classes.meaning}>
      {text}
    </span>
  );
}
