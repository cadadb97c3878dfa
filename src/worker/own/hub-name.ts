/** A model on huggingface.co; `revision` is a branch, a tag or a commit. */
export interface HubModel {
  repo: string;
  revision: string;
}

/** “owner/name”, “owner/name@revision”, or the address of its page; undefined where it is none of these. */
export function readHubName(text: string): HubModel | undefined {
  const found =
    /^(?:https?:\/\/huggingface\.co\/)?([\w.-]+\/[\w.-]+?)(?:@([^\s?#]+)|\/(?:tree|blob)\/([^\s/?#]+).*|\/?)$/u.exec(
      text.trim(),
    );
  if (found === null) return undefined;
  const revision = found[2] ?? found[3] ?? 'main';
  try {
    // The address of “refs/pr/1” has it in one part.
    return { repo: found[1]!, revision: decodeURIComponent(revision) };
  } catch {
    return { repo: found[1]!, revision };
  }
}
