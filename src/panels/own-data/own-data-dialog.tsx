import { dataWord, type DataWord } from '../../engine/recipe/splits.ts';
import { readOwnData } from '../../store/own-data/own-data.ts';
import type { OwnDataDialog as Shown } from '../../store/slices/pair-slice.ts';
import { useStore } from '../../store/store.ts';
import { Dialog } from '../frame/dialog.tsx';
import { Choose } from '../own-model/choose.tsx';
import { NotTaken } from '../own-model/not-taken.tsx';
import { Reading } from '../own-model/reading.tsx';
import { RememberedList } from '../own-model/remembered-list.tsx';
import { Seen } from './seen.tsx';

/**
 * Takes what the chosen pair can be asked: pictures with questions, by the conventions of Hugging Face `imagefolder`, or questions of text alone. They stay on
 * this computer.
 */
export default function OwnDataDialog() {
  const shown = useStore((state) => state.ownData);
  const word = useStore(({ draft }) => dataWord(draft.evaluation.split));
  return (
    <Dialog
      title={`Your own ${word}`}
      opened={shown !== undefined}
      onClose={() => useStore.setState({ ownData: undefined })}
      size="lg"
    >
      <p>
        {word === 'pictures' ? <Pictures /> : <Questions />} and, if you like, <code>split</code> (train,
        validation, test). Nothing of it leaves this computer.
      </p>
      {shown !== undefined && <Step shown={shown} word={word} />}
    </Dialog>
  );
}

function Pictures() {
  return (
    <>
      A folder of pictures (PNG, JPEG, WebP) with a <code>metadata.jsonl</code> or <code>metadata.csv</code>,
      or a zip of it. Each row is a question: <code>file_name</code>, <code>question</code>,{' '}
      <code>answer</code> (left empty, the teacher answers),
    </>
  );
}

function Questions() {
  return (
    <>
      Files of rows (<code>.jsonl</code>, <code>.csv</code>, <code>.json</code>), a folder or a zip of them.
      Each row is a question: <code>question</code>, <code>answer</code> (left empty, the teacher answers) –
      or <code>instruction</code>, <code>input</code>, <code>output</code>, or <code>prompt</code>,{' '}
      <code>completion</code> –
    </>
  );
}

/** What may be chosen file by file. */
const kinds = { pictures: '.zip,.jsonl,.csv,.png,.jpg,.jpeg,.webp', questions: '.zip,.jsonl,.csv,.json' };

function Step({ shown, word }: { shown: Shown; word: DataWord }) {
  switch (shown.step) {
    case 'choose':
      return (
        <>
          <Choose
            folderLabel={`Folder of the ${word}`}
            several={kinds[word]}
            onTake={(chosen) => void readOwnData(chosen)}
          />
          <RememberedList
            what={word}
            onOpen={({ name, place }) => 'kind' in place && void readOwnData(place, name)}
          />
          {shown.failure !== undefined && <NotTaken failure={shown.failure} />}
        </>
      );
    case 'read':
      return <Reading what={word} progress={shown.progress} />;
    case 'seen':
      return <Seen {...shown} />;
  }
}
