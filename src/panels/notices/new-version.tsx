import { Button } from '@mantine/core';
import { Chip } from './chip.tsx';

/** Never during a run, which a reload would cut off. */
export function NewVersion({ otherTabs }: { otherTabs: boolean }) {
  return (
    <Chip
      tone="news"
      label="New version"
      open
      actions={
        <Button
          size="xs"
          variant="default"
          onClick={() =>
            void import('../../store/engine/offline.ts').then(({ takeNewVersion }) => takeNewVersion())
          }
        >
          Reload
        </Button>
      }
    >
      A new version of this page is ready.{' '}
      <strong>{otherTabs ? 'Close its other tabs, then reload.' : 'Reload to use it.'}</strong>
    </Chip>
  );
}
