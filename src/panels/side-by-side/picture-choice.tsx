import { ActionIcon, FileButton } from '@mantine/core';
import { Camera as CameraIcon, ImageUp } from 'lucide-react';
import { useRef, useState } from 'react';
import type { EngineFailure } from '../../engine/errors.ts';
import type { ChosenPicture } from '../../store/slices/questions-slice.ts';
import type { Askable } from '../../worker/protocol.ts';
import { useWish } from '../lib/use-wish.ts';
import { Camera } from './camera.tsx';
import { Picture } from './picture.tsx';
import classes from './ask.module.css';

/** The panel's pictures, a file or the camera. */
export function PictureChoice(props: {
  pictures: Askable['pictures'];
  size: number | undefined;
  chosen: ChosenPicture | undefined;
  onChoose: (picture: ChosenPicture) => void;
  onFile: (file: Blob) => void;
  onShot: (pixels: Uint8ClampedArray<ArrayBuffer>) => void;
  onFailure: (failure: EngineFailure) => void;
}) {
  const { pictures, size, chosen, onChoose, onFile, onShot, onFailure } = props;
  const [camera, setCamera] = useState(false);
  useWish('camera', () => setCamera(true));
  const forget = useRef<() => void>(null);
  return (
    <>
      <div className={classes.choice}>
        <div role="radiogroup" aria-label="Picture" className={classes.pictures}>
          {pictures.map((picture) => (
            <label key={picture.id} title={picture.label}>
              <input
                type="radio"
                name="asked-picture"
                aria-label={picture.label}
                checked={chosen?.id === picture.id}
                onChange={() => onChoose(picture)}
              />
              <Picture pixels={picture.pixels} label={picture.label} className={classes.thumb} />
            </label>
          ))}
        </div>
        <FileButton
          accept="image/*,.heic,.heif"
          resetRef={forget}
          onChange={(file) => {
            // A browser does not tell of a file that is chosen a second time.
            forget.current?.();
            if (file !== null) onFile(file);
          }}
        >
          {(button) => (
            <ActionIcon
              {...button}
              size={34}
              variant="default"
              aria-label="Choose a picture file"
              title="Choose a picture file"
            >
              <ImageUp size={16} />
            </ActionIcon>
          )}
        </FileButton>
        <ActionIcon
          size={34}
          variant="default"
          aria-label="Take a picture with the camera"
          title="Take a picture with the camera"
          aria-expanded={camera}
          onClick={() => setCamera(!camera)}
        >
          <CameraIcon size={16} />
        </ActionIcon>
      </div>
      {camera && (
        <Camera size={size} onPicture={onShot} onFailure={onFailure} onClose={() => setCamera(false)} />
      )}
    </>
  );
}
