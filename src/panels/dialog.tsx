import { CloseButton, Modal } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useEffect, useState, type ReactNode } from 'react';
import classes from './app.module.css';

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
  const [shown, setShown] = useState(false);
  useEffect(() => setShown(opened), [opened]);
  // Mantine's own header is a banner landmark, of which a page has one.
  return (
    <Modal.Root opened={shown} onClose={onClose} size={size} fullScreen={narrow ?? false} centered>
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
