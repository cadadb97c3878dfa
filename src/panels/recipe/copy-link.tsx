import { Button } from '@mantine/core';
import { Check, Link } from 'lucide-react';
import { copyLink } from '../../store/address/link.ts';
import { useStore } from '../../store/store.ts';

/** Copies the page's address with the recipe in it. */
export function CopyLink() {
  const copied = useStore(({ copied: last }) => (last?.what === 'link' ? last.outcome : undefined));
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      color="gray"
      leftSection={copied === 'copied' ? <Check size={12} /> : <Link size={12} />}
      data-tour="share"
      onClick={() => void copyLink()}
    >
      {copied === 'copied' ? 'copied' : copied === 'refused' ? 'copy the address bar' : 'copy link'}
    </Button>
  );
}
