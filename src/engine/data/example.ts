/** A question with its right answer, whatever data set it is of. */
export interface Example {
  id: string;
  /** Kind of question, by which scores are told apart. */
  type: string;
  /** The data set's key of the picture it is about; equal keys are equal pictures. None of a data set of text alone. */
  picture?: string;
  question: string;
  answer: string;
}
