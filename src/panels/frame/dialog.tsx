import { CloseButton, Modal } from '@mantine/core';
import { useMediaQuery, useMounted } from '@mantine/hooks';
import type { ReactNode } from 'react';
import classes from '../app.module.css';

/** A titled dialog over the page; the whole screen on a phone. */
export function Dialog(props: {
  title: string;
  opened: boolean;
  onClose: () => void;
  size?: string;
  children: ReactNode;
}) {
  const { title, opened, onClose, size = 'md', children } = props;
  const narrow = useMediaQuery('(max-width: 700px)');
  // Opens after it is mounted, or it would not know where the focus was.
  const mounted = useMounted();
  // Mantine's own header is a banner landmark, of which a page has one.
  return (
    <Modal.Root
      opened={opened && mounted}
      onClose={onClose}
      size={size}
      fullScreen={narrow ?? false}
      centered
    >
      <Modal.Overlay />
      <Modal.Content aria-label={title}>
        <Modal.Body>
          <div className={classes.dialogHead}>
            <h2>{title}</h2>
            <CloseButton aria-label="Close" onClick={onClose} />
          </div>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
