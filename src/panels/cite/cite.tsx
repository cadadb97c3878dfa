import { Button, CopyButton } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import { bibtex } from './bibtex.ts';
import classes from './cite.module.css';

/** How to cite the method. */
export default function Cite() {
  return (
    <div className={classes.cite}>
      <p>
        The method is from this paper; the page is an independent implementation of it. A number from this
        page belongs to its own models and drawings, not to the paper’s.
      </p>
      {/* A scrolling region must be reachable by keyboard. */}
      <pre tabIndex={0}>{bibtex}</pre>
      <CopyButton value={bibtex}>
        {({ copied, copy }) => (
          <Button size="xs" leftSection={copied ? <Check size={14} /> : <Copy size={14} />} onClick={copy}>
            {copied ? 'Copied' : 'Copy BibTeX'}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
