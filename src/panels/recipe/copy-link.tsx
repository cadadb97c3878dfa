import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { Check, Link } from 'lucide-react';
import { currentLink } from '../../store/link.ts';

/** Copies the page's address with the recipe in it. */
export function CopyLink() {
  const { copied, copy, error } = useClipboard();
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      color="gray"
      leftSection={copied ? <Check size={12} /> : <Link size={12} />}
      onClick={() => copy(currentLink())}
    >
      {copied ? 'copied' : error ? 'copy the address bar' : 'copy link'}
    </Button>
  );
}
