import { CircleAlert, Info, type LucideIcon } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import classes from './chip.module.css';

/** A notice that takes no room: a word in the page's head that opens what there is to say, over the page and not in it. */
export function Chip(props: {
  tone: 'fault' | 'warning' | 'news';
  /** What it is about, in a word or two. */
  label: string;
  icon?: LucideIcon;
  /** Whether it is open by itself, until somebody folds it. */
  open: boolean;
  /** What to do about it. */
  actions?: ReactNode;
  children: ReactNode;
}) {
  const { tone, label, open, actions, children } = props;
  const Drawing = props.icon ?? (tone === 'fault' ? CircleAlert : Info);
  const [folded, setFolded] = useState<boolean>();
  const shown = folded === undefined ? open : !folded;
  return (
    <div className={classes.chip} data-tone={tone} role={tone === 'news' ? 'status' : 'alert'}>
      <details open={shown}>
        <summary
          onClick={(event) => {
            event.preventDefault();
            setFolded(shown);
          }}
        >
          <Drawing size={14} aria-hidden />
          <span>{label}</span>
        </summary>
        <div className={classes.body}>
          <div>{children}</div>
          {actions !== undefined && <div className={classes.actions}>{actions}</div>}
        </div>
      </details>
    </div>
  );
}
