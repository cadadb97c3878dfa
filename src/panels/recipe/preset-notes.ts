/** What a preset shows, in a sentence, by its key; apart from the presets, because nothing needs it before the first paint. */
export const presetNotes: Readonly<Record<string, string>> = {
  default:
    '256 labelled examples; the teacher answers the other 3,840. Beside it the same student without the teacher, and with its answers but without the Recalibrator.',
  'nano-quick':
    'A few minutes with the smallest pair that reads pictures, even without a graphics card, all labels given; shows every part of the page.',
  text: 'Two decoders that read no pictures, with questions about things and numbers: the paper’s row “text-only”. 256 labelled examples; the teacher answers the others.',
  figure1:
    'The paper’s first figure on this machine: the untouched student, SFT without the teacher, SFT on the teacher’s answers, two ways of learning from its probabilities as well, and GenRecal.',
  'no-copying':
    'z_al already holds the teacher’s next token. With its token embeddings instead, the Recalibrator has to ask the student: see the view “inside”.',
  'all-labels':
    'Every example has its true answer, so the teacher brings no new answers: what is left is the method alone.',
  medium:
    'The largest built-in pair: pictures of 64 pixels, 64 image tokens for the teacher and 16 for the student; comfortable on a discrete graphics card.',
  'few-pictures':
    'A quarter of the pictures, seen four times as often at half the default’s rate: whether L_main by KL alone, the paper’s CE + KL or plain cross-entropy makes more of them.',
  'new-style':
    'The unlabelled drawings are of a style that neither model was trained on, so the teacher is less sure of its answers: does its distribution say more than its answer there?',
  'no-regulariser':
    'L_reg off: the Recalibrator has nothing that ties it to the teacher’s own features; the paper loses accuracy here.',
  depth: 'How deep the Recalibrator has to be; the paper takes 2 decoder blocks.',
  'loss-weights':
    'What the Recalibrator learns from: the true next token, the teacher’s distribution over its own vocabulary, or both as in the paper.',
  positions:
    'The paper counts positions anew over the joined sequence; without it the answer keeps the teacher’s own positions.',
  'strong-teacher':
    'The mini pair’s teacher teaches the nano pair’s student: does a teacher that knows more teach more?',
  'shuffled-teacher':
    'The teacher’s answers go to the wrong questions: watch whether the comparison notices.',
  'too-fast': 'Watch the losses jump and the held-out accuracy fall below the start.',
  'no-align':
    'The Recalibrator keeps its random first weights, so L_main asks the student to please a network that has learned nothing: watch whether it falls, and whether SFT without it does better.',
  'temperature-20':
    'Logits divided by 20 make both distributions almost flat, and no cross-entropy helps: watch how small L_main·KL is from the first step on, and whether it still teaches the Recalibrator anything.',
  memorise:
    'Every update sees the same eight labelled examples: watch the training losses fall, and whether the held-out accuracy follows.',
};
