/** A question about a picture with its right answer, whatever data set it is of. */
export interface Example {
  id: string;
  /** Kind of question, by which scores are told apart. */
  type: string;
  /** The data set's key of the picture; equal keys are equal pictures. */
  picture: string;
  question: string;
  answer: string;
}
