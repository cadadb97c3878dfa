import { ExternalLink } from 'lucide-react';
import { fullPageLink } from '../../store/address/view-link.ts';
import classes from '../header.module.css';

/** Under an embedded page: where it comes from, and the way to the recipe behind it. */
export function EmbedFooter() {
  return (
    <footer className={classes.footer}>
      <a
        href="./"
        target="_blank"
        rel="noreferrer"
        // The recipe may have changed since this was drawn.
        onClick={(event) => {
          event.currentTarget.href = fullPageLink();
        }}
      >
        Open with its recipe in the GenRecal Playground <ExternalLink size={12} aria-hidden />
      </a>
    </footer>
  );
}
