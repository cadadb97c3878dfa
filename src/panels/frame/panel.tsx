import type { ReactNode } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import classes from '../app.module.css';

/** A titled region of the screen. An error inside stays inside. */
export function Panel(props: { title: string; aside?: ReactNode; className?: string; children: ReactNode }) {
  const id = `panel-${props.title.toLowerCase().replace(/\W+/g, '-')}`;
  return (
    <section className={[classes.panel, props.className].filter(Boolean).join(' ')} aria-labelledby={id}>
      <div className={classes.panelHead}>
        <h2 id={id}>{props.title}</h2>
        {props.aside}
      </div>
      {/* A scrolling region must be reachable by keyboard. */}
      <div className={classes.panelBody} tabIndex={0} role="group" aria-labelledby={id}>
        <ErrorBoundary
          fallbackRender={({ error, resetErrorBoundary }) => (
            <p role="alert">
              This panel failed: {error instanceof Error ? error.message : String(error)}.{' '}
              <button onClick={resetErrorBoundary}>Show it again</button>
            </p>
          )}
        >
          {props.children}
        </ErrorBoundary>
      </div>
    </section>
  );
}
