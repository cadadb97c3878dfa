const rate = '\\eta_t=\\eta_1+(\\eta_n-\\eta_1)\\,\\tfrac{t-1}{n-1}';
const regulariserCe = '\\w{CE}\\CE\\big(H_l(\\tilde r_{al}),y_l\\big)';
const regulariserKl = '\\w{KL}\\KL\\big(H_l(z_{al})\\,\\|\\,H_l(\\tilde r_{al})\\big)';

/**
 * What a control of the recipe sets, in TeX, one line an entry; where it depends on the control's value, by that value. r is what
 * the Recalibrator makes of [z_qs ; z_al], r̃ of the teacher's own [z_ql ; z_al]; all losses are means over real answer tokens.
 */
export const formulas: Record<string, readonly string[] | Record<string, readonly string[]>> = {
  'stages.align.finalLearningRate': [rate],
  'stages.distil.finalLearningRate': [rate],
  'stages.finetune.finalLearningRate': [rate],
  'loss.mainCe': ['\\w{CE}\\CE\\big(H_l(r_{al}),\\,y_l\\big)'],
  'loss.mainKl': ['\\w{KL}\\KL\\big(H_l(z_{al})\\,\\|\\,H_l(r_{al})\\big)'],
  'loss.sft': ['\\w{sft}\\CE\\big(H_s(z_{as}),\\,y_s\\big)'],
  'loss.distillation': ['\\w{own}\\L{own}\\ \\text{(GenRecal has none)}'],
  'loss.temperature': ['\\text{in KL: }\\operatorname{softmax}\\big(H_l(\\cdot)/T\\big)'],
  'loss.regulariser': {
    'ce+kl': [`\\L{reg}=${regulariserCe}`, `\\quad+\\,${regulariserKl}`],
    ce: [`\\L{reg}=${regulariserCe}`],
    kl: [`\\L{reg}=${regulariserKl}`],
    'feature-mse': ['\\L{reg}=\\tfrac1{d_l}\\lVert\\tilde r_{al}-z_{al}\\rVert^2'],
    none: ['\\L{reg}=0'],
  },
  'loss.regulariserWeight': ['\\L{main}+\\w{reg}\\L{reg}'],
  'loss.regulariserInDistil': {
    true: ['\\L{2}=\\L{main}+\\w{reg}\\L{reg}+\\w{sft}\\L{sft}'],
    false: ['\\L{2}=\\L{main}+\\w{sft}\\L{sft}'],
  },
  'loss.firstAnswerToken': {
    true: ['r_{qs}[N_q]\\to y_l[1],\\ \\ r_{al}[i]\\to y_l[i{+}1]'],
    false: ['r_{al}[i]\\to y_l[i{+}1]'],
  },
  'recalibrator.depth': ['h=\\operatorname{block}_D\\circ\\dots\\circ\\operatorname{block}_1(x)'],
  'recalibrator.reassignPositions': {
    true: ['\\mathrm{pos}=0,1,\\dots,N_{qs}{+}N_{al}{-}1'],
    false: ['\\mathrm{pos}=[\\,0\\dots\\,;\\,N_{ql}\\dots\\,]'],
  },
  'recalibrator.normBeforeProjection': {
    true: ['r=\\operatorname{Proj}_{\\mathrm{post}}\\big(\\operatorname{RMSNorm}(h)\\big)'],
    false: ['r=\\operatorname{Proj}_{\\mathrm{post}}(h)'],
  },
  'recalibrator.answerFeatures': {
    'teacher-body': ['x=\\big[\\,z_{qs}\\,;\\,\\operatorname{Proj}_{\\mathrm{pre}}(z_{al})\\,\\big]'],
    'teacher-embedding': ['x=\\big[\\,z_{qs}\\,;\\,\\operatorname{Proj}_{\\mathrm{pre}}(E_l\\,y_l)\\,\\big]'],
  },
  'optimiser.weightDecay': [
    'w\\leftarrow(1-\\eta_t\\lambda)\\,w-\\eta_t\\,\\hat m/(\\sqrt{\\hat v}+\\varepsilon)',
  ],
  'optimiser.clipNorm': ['g\\leftarrow g\\cdot\\min\\big(1,\\,c/\\lVert g\\rVert\\big)'],
};

/** The lines of TeX that a control with this value sets; empty where it sets no formula. */
export function formulaLines(path: string, value: unknown): readonly string[] {
  const formula = formulas[path];
  if (formula === undefined || Array.isArray(formula)) return formula ?? [];
  return (formula as Record<string, readonly string[]>)[String(value)] ?? [];
}
