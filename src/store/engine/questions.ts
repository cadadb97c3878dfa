import type { Recipe } from '../../engine/recipe/recipe.ts';
import type { EngineFailure } from '../../engine/errors.ts';
import { firstStudent, hasStudents, type ShownQuestion } from '../slices/questions-slice.ts';
import { useStore } from '../store.ts';
import { client } from './client.ts';

/** What the page asks of the models themselves. Every answer lands in the store. */
const { getState, setState } = useStore;

/** Opens the look into an answer and measures it. */
export function lookInto(question: ShownQuestion): void {
  setState({ looking: true });
  void measure(question, firstStudent(getState()));
}

export function closeLook(): void {
  setState({ looking: false });
}

/** Measures the question that is open (again), with one of the students. */
export function lookAt(student: string): void {
  const { inspected } = getState();
  if (inspected !== undefined) void measure(inspected.question, student);
}

async function measure(question: ShownQuestion, student: string): Promise<void> {
  const recipe = askedRecipe();
  const opened = { question, student, state: { status: 'measuring' } as const };
  setState({ inspected: opened });
  // Another question or student may have been opened meanwhile.
  const settle = (state: NonNullable<ReturnType<typeof getState>['inspected']>['state']) => {
    if (getState().inspected === opened) setState({ inspected: { ...opened, state } });
  };
  if ('code' in recipe) return settle({ status: 'failed', failure: recipe });
  const { picture, question: text, reference } = question;
  const reply = await client.inspect(recipe, {
    ...(picture && { picture }),
    question: text,
    ...(reference !== undefined && { reference }),
    student,
  });
  settle(reply.ok ? { status: 'ready', result: reply.value } : { status: 'failed', failure: reply.failure });
}

/** Fetches what a person can begin from; nothing while no pair is loaded. */
export async function prepareAsking(): Promise<void> {
  const recipe = askedRecipe();
  if ('code' in recipe) return;
  const reply = await client.askable(recipe);
  if (!reply.ok) return;
  const { chosenPicture } = getState();
  setState({ askable: reply.value, chosenPicture: chosenPicture ?? reply.value.pictures[0] });
}

/** Asks every model, about the chosen picture if the pair reads any; their answers stream into the store. */
export async function askOwn(question: string): Promise<void> {
  const { chosenPicture, askable, own: current } = getState();
  const blind = askable !== undefined && askable.pictureSize === undefined;
  if ((chosenPicture === undefined && !blind) || current?.status === 'asking') return;
  const pixels = blind ? undefined : chosenPicture?.pixels;
  // The pixels themselves, also of the panel's pictures: the recipe may have changed since they were shown.
  const asked = {
    ...(pixels && { picture: { pixels } }),
    question,
    untouched: !hasStudents(getState()),
  };
  const shown: ShownQuestion = {
    ...asked,
    ...(pixels && { pixels }),
    fromPanel: chosenPicture?.id !== undefined,
  };
  const recipe = askedRecipe();
  if ('code' in recipe) {
    setState({ own: { status: 'failed', question: shown, heard: {}, failure: recipe } });
    return;
  }
  setState({ own: { status: 'asking', question: shown, heard: {} } });
  /** Changes the answers to this question, unless they have been cleared. */
  const update = (change: (own: NonNullable<ReturnType<typeof getState>['own']>) => typeof own) => {
    const { own } = getState();
    if (own?.question === shown) setState({ own: change(own) });
  };
  const reply = await client.askModels(recipe, asked, (heard) =>
    update((own) => ({ ...own, heard: { ...own.heard, [heard.who]: heard } })),
  );
  update(({ heard }) =>
    reply.ok
      ? { status: 'answered', question: shown, heard, result: reply.value }
      : { status: 'failed', question: shown, heard, failure: reply.failure },
  );
}

/** The recipe whose models are asked: the run's, or before any run the draft's; or why nobody can be asked. */
function askedRecipe(): Recipe | EngineFailure {
  const { run, parsed, load, device } = getState();
  if (device.status === 'failed')
    return { ...device.failure, message: `This is computed with both models. ${device.failure.message}` };
  if (load.status !== 'ready')
    return {
      code: 'engine-busy',
      message: 'No pair is loaded, so there is nobody to ask.',
      action: 'Wait until the pair is loaded, then try again.',
    };
  if (run.recipe !== undefined) return run.recipe;
  if (parsed !== undefined) return parsed;
  return {
    code: 'recipe-invalid',
    message: 'The recipe has a field that cannot be used, so its questions are not known.',
    action: 'Correct the marked field of the recipe, then try again.',
  };
}
