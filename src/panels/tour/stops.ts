export interface Stop {
  /** Selector of what the stop shows. */
  element: string;
  title: string;
  text: string;
  side: 'top' | 'right' | 'bottom' | 'left';
}

/** The tour, in the order in which somebody uses the page. */
export const stops: readonly Stop[] = [
  {
    element: '[aria-label="Teacher and student"]',
    title: 'Two models',
    text: 'A larger model, the teacher, and a smaller one, the student, of different families: other widths, another number of tokens for a picture and, in most pairs, other tokens for text.',
    side: 'bottom',
  },
  {
    element: '[aria-labelledby="panel-recipe"]',
    title: 'The recipe',
    text: 'Everything that decides a run, with its formula. Start from a preset; some are bad on purpose. “Nano, quick look” is the fastest with pictures.',
    side: 'right',
  },
  {
    element: '[aria-label="Run"]',
    title: 'Run',
    text: 'Trains on your own GPU, in three stages: nothing leaves this machine. Pause, go step by step, go on. The space bar does it too.',
    side: 'bottom',
  },
  {
    element: '[data-tour="centre"]',
    title: 'Pictures and curves',
    text: 'Each picture is a question in a drawing style that neither model has seen; its border turns green when the student has it right. The tabs show every loss, the models, earlier runs.',
    side: 'left',
  },
  {
    element: '[data-tour="right"]',
    title: 'Side by side, and the result',
    text: 'What teacher, student and control answer to the same pictures, as it changes. Above it, once there is one: the result, with its range of chance, in words, also when it is a bad one.',
    side: 'left',
  },
  {
    element: '[aria-label="View"]',
    title: 'Inside',
    text: 'Switches to probes of what happens inside: does the network between the models listen to the student at all?',
    side: 'bottom',
  },
  {
    element: '[data-tour="share"]',
    title: 'Share it',
    text: 'The address holds the whole recipe. Whoever opens the link has the same run before them.',
    side: 'bottom',
  },
  {
    element: '[data-tour="learn"]',
    title: 'Read along',
    text: 'The method in five minutes, with equations, beside the run. Ctrl K finds every command by name, and “?” lists the keys.',
    side: 'bottom',
  },
];
