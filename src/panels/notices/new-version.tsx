import { Alert, Button } from '@mantine/core';
import { Info } from 'lucide-react';
import classes from './notices.module.css';

/** Never during a run, which a reload would cut off. */
export function NewVersion({ otherTabs }: { otherTabs: boolean }) {
  return (
    <Alert className={classes.notice} variant="light" icon={<Info size={18} />} role="status">
      <div className={classes.row}>
        <span>
          A new version of this page is ready.{' '}
          <strong>{otherTabs ? 'Close its other tabs, then reload.' : 'Reload to use it.'}</strong>
        </span>
        <Button
          size="xs"
          variant="default"
          onClick={() =>
            void import('../../store/engine/offline.ts').then(({ takeNewVersion }) => takeNewVersion())
          }
        >
          Reload
        </Button>
      </div>
    </Alert>
  );
}
