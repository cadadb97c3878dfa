/** The paper that the method is from. */
export const bibtex = `@misc{lee2025genrecal,
  title         = {{GenRecal}: Generation after Recalibration from Large to Small Vision-Language Models},
  author        = {Lee, Byung-Kwan and Hachiuma, Ryo and Ro, Yong Man and Wang, Yu-Chiang Frank and Wu, Yueh-Hua},
  year          = {2025},
  eprint        = {2506.15681},
  archivePrefix = {arXiv},
  url           = {https://arxiv.org/abs/2506.15681}
}
`;
