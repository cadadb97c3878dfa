/** A question without what the two tokenizers keep or not: white space and case. Two that are plainly the same are the same question. */
export function plainQuestion(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase();
}
