import { Autocomplete, Button } from '@mantine/core';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import type { EngineFailure } from '../../engine/errors.ts';
import { askOwn, prepareAsking } from '../../store/engine/questions.ts';
import { useStore } from '../../store/store.ts';
import { NeedsDevice } from '../lib/needs-device.tsx';
import { Picture } from './picture.tsx';
import { PictureChoice } from './picture-choice.tsx';
import { readPictureFile } from './picture-file.ts';
import { OwnAnswersCard } from './own-answers.tsx';
import { usePictureDrop } from './use-picture-drop.ts';
import classes from './ask.module.css';

/** The longest question: more is no question the models could know. */
const longestQuestion = 120;

/** A person's own question, about any picture if the pair reads them, for every model there is. */
export default function Ask() {
  const askable = useStore((state) => state.askable);
  const loaded = useStore((state) => state.load.status === 'ready');
  const refused = useStore((state) => state.device.status === 'failed');
  const replayed = useStore((state) => state.replay !== undefined);
  const picture = useStore((state) => state.chosenPicture);
  const choosePicture = useStore((state) => state.choosePicture);
  const own = useStore((state) => state.own);
  const [question, setQuestion] = useState('What is this?');
  const [failure, setFailure] = useState<EngineFailure>();
  const [file, setFile] = useState<Blob>();
  const size = askable?.pictureSize;
  /** The pair reads no pictures. */
  const blind = askable !== undefined && size === undefined;
  const section = useRef<HTMLElement>(null);

  // The cards below may have been scrolled away.
  useEffect(() => {
    // What it returns in newer browsers is no clean-up.
    section.current?.scrollIntoView({ block: 'nearest' });
  }, []);

  useEffect(() => {
    if (loaded && askable === undefined) void prepareAsking();
  }, [loaded, askable]);

  const take = (pixels: Uint8ClampedArray<ArrayBuffer>) => {
    setFailure(undefined);
    choosePicture({ label: 'your picture', pixels });
  };
  const dragging = usePictureDrop(setFile);

  // A file waits until the models have said how large their pictures are.
  useEffect(() => {
    if (file === undefined || size === undefined) return;
    let current = true;
    void readPictureFile(file, size).then((result) => {
      if (!current) return;
      setFile(undefined);
      if (!(result instanceof Uint8ClampedArray)) return setFailure(result);
      setFailure(undefined);
      choosePicture({ label: 'your picture', pixels: result });
    });
    return () => {
      current = false;
    };
  }, [file, size, choosePicture]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setFailure(undefined);
    void askOwn(question.trim());
  };

  const asking = own?.status === 'asking';
  if (refused)
    return (
      <section ref={section} className={classes.ask} aria-label="Ask your own">
        <NeedsDevice what="Asking the models" className={classes.hint} />
      </section>
    );
  return (
    <section ref={section} className={classes.ask} aria-label="Ask your own">
      <form data-dragging={dragging} onSubmit={submit}>
        {!blind && (
          <PictureChoice
            pictures={askable?.pictures ?? []}
            size={size}
            chosen={picture}
            onChoose={choosePicture}
            onFile={setFile}
            onShot={take}
            onFailure={setFailure}
          />
        )}
        <div className={classes.line} data-blind={blind || undefined}>
          {blind ? null : picture === undefined ? (
            <span className={classes.noPicture}>no picture</span>
          ) : (
            <Picture
              pixels={picture.pixels}
              label={`Asked about: ${picture.label}`}
              className={classes.chosen}
            />
          )}
          <div className={classes.fields}>
            <Autocomplete
              size="xs"
              aria-label="Question"
              placeholder="Type a question"
              value={question}
              onChange={setQuestion}
              data={askable?.questions ?? []}
              limit={8}
              maxLength={longestQuestion}
            />
            <Button
              size="xs"
              type="submit"
              disabled={!loaded || (picture === undefined && !blind) || question.trim() === '' || asking}
            >
              {asking ? 'Answering…' : 'Ask'}
            </Button>
          </div>
        </div>
        <p className={classes.hint}>
          {!loaded
            ? 'The models are not loaded yet.'
            : blind
              ? 'This pair reads no pictures: ask in words.'
              : 'Your own picture: choose, shoot, drop or paste it.'}
          {replayed &&
            ' A record holds no weights: the teacher and the student before are asked. Run the recipe to ask the one it trains.'}
        </p>
        {failure !== undefined && (
          <p role="alert" className={classes.failure}>
            {failure.message} {failure.action}
          </p>
        )}
      </form>
      {own !== undefined && <OwnAnswersCard own={own} concepts={askable?.concepts} />}
    </section>
  );
}
