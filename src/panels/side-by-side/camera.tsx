import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { EngineFailure } from '../../engine/errors.ts';
import { fitted } from './picture-file.ts';
import classes from './ask.module.css';

/** The camera's picture until one is taken; the camera is off as soon as this is gone. */
export function Camera(props: {
  /** Side of the picture that is taken; undefined while it is not known. */
  size: number | undefined;
  onPicture: (pixels: Uint8ClampedArray<ArrayBuffer>) => void;
  onFailure: (failure: EngineFailure) => void;
  onClose: () => void;
}) {
  const { size, onPicture, onFailure, onClose } = props;
  const video = useRef<HTMLVideoElement>(null);
  const [ready, setReady] = useState(false);
  const report = useRef({ onFailure, onClose });
  useEffect(() => {
    report.current = { onFailure, onClose };
  });
  useEffect(() => {
    let closed = false;
    let stream: MediaStream | undefined;
    const stop = () => stream?.getTracks().forEach((track) => track.stop());
    void openCamera().then((opened) => {
      if (closed) {
        if (opened instanceof MediaStream) opened.getTracks().forEach((track) => track.stop());
        return;
      }
      if (!(opened instanceof MediaStream)) {
        report.current.onFailure(opened);
        report.current.onClose();
        return;
      }
      stream = opened;
      if (video.current !== null) video.current.srcObject = opened;
    });
    return () => {
      closed = true;
      stop();
    };
  }, []);
  const shoot = () => {
    const { current } = video;
    if (current === null || size === undefined) return;
    onPicture(fitted(current, current.videoWidth, current.videoHeight, size));
    onClose();
  };
  return (
    <div className={classes.camera}>
      <video ref={video} autoPlay muted playsInline aria-label="Camera" onLoadedData={() => setReady(true)} />
      <Button size="compact-xs" disabled={!ready || size === undefined} onClick={shoot}>
        Take the picture
      </Button>
      <Button size="compact-xs" variant="default" onClick={onClose}>
        Cancel
      </Button>
    </div>
  );
}

async function openCamera(): Promise<MediaStream | EngineFailure> {
  // Absent on pages that are not secure, whatever the types say.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  try {
    if (devices !== undefined) return await devices.getUserMedia({ video: { facingMode: 'environment' } });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotAllowedError')
      return {
        code: 'data-invalid',
        message: 'The browser does not let this page use the camera.',
        action: 'Allow the camera for this page, or choose a picture file.',
      };
  }
  return {
    code: 'data-invalid',
    message: 'No camera could be opened on this device.',
    action: 'Choose a picture file instead.',
  };
}
