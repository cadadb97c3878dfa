import { EngineError } from '../../errors.ts';
import type { VlmConfig } from '../config.ts';
import { layoutOf } from './layout.ts';
import type { HostTensor } from '../checkpoints/safetensors.ts';

type Shapes = [name: string, shape: number[]][];

const affine = (name: string, out: number, ...inputs: number[]): Shapes => [
  [`${name}.weight`, [out, ...inputs]],
  [`${name}.bias`, [out]],
];

/**
 * Names and shapes of the tensors a model of this configuration is computed from, as `transformers` saves them
 * (SigLIP encoder with LLaVA projector and Qwen2, or with Idefics3 connector and Llama).
 */
export function expectedTensors(config: VlmConfig): Map<string, number[]> {
  const { vision: v, text: t, family } = config;
  const llava = family === 'llava';
  const { vision, connector: bridge, text, head } = layoutOf(config);
  const q = t.heads * t.headDim;
  const kv = t.kvHeads * t.headDim;
  const projection = (name: string, out: number): Shapes =>
    affine(name, out, t.hiddenSize).slice(0, t.attentionBias ? 2 : 1);
  const connector: Shapes = llava
    ? [
        ...affine(`${bridge}.linear_1`, t.hiddenSize, v.hiddenSize),
        ...affine(`${bridge}.linear_2`, t.hiddenSize, t.hiddenSize),
      ]
    : [
        ...affine(`${vision}.post_layernorm`, v.hiddenSize),
        [`${bridge}.modality_projection.proj.weight`, [t.hiddenSize, v.hiddenSize * config.scaleFactor ** 2]],
      ];
  return new Map<string, number[]>([
    ...affine(`${vision}.embeddings.patch_embedding`, v.hiddenSize, 3, v.patchSize, v.patchSize),
    [
      `${vision}.embeddings.position_embedding.weight`,
      [config.imageTokens * config.scaleFactor ** 2, v.hiddenSize],
    ],
    ...layers(v.layers, `${vision}.encoder.layers`, (layer) => [
      ...affine(`${layer}.layer_norm1`, v.hiddenSize),
      ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((name) =>
        affine(`${layer}.self_attn.${name}`, v.hiddenSize, v.hiddenSize),
      ),
      ...affine(`${layer}.layer_norm2`, v.hiddenSize),
      ...affine(`${layer}.mlp.fc1`, v.intermediateSize, v.hiddenSize),
      ...affine(`${layer}.mlp.fc2`, v.hiddenSize, v.intermediateSize),
    ]),
    ...connector,
    [`${text}.embed_tokens.weight`, [t.vocabularySize, t.hiddenSize]],
    ...layers(t.layers, `${text}.layers`, (layer) => [
      [`${layer}.input_layernorm.weight`, [t.hiddenSize]],
      ...projection(`${layer}.self_attn.q_proj`, q),
      ...projection(`${layer}.self_attn.k_proj`, kv),
      ...projection(`${layer}.self_attn.v_proj`, kv),
      [`${layer}.self_attn.o_proj.weight`, [t.hiddenSize, q]],
      [`${layer}.post_attention_layernorm.weight`, [t.hiddenSize]],
      [`${layer}.mlp.gate_proj.weight`, [t.intermediateSize, t.hiddenSize]],
      [`${layer}.mlp.up_proj.weight`, [t.intermediateSize, t.hiddenSize]],
      [`${layer}.mlp.down_proj.weight`, [t.hiddenSize, t.intermediateSize]],
    ]),
    [`${text}.norm.weight`, [t.hiddenSize]],
    ...(config.tieWordEmbeddings ? [] : ([[head, [t.vocabularySize, t.hiddenSize]]] as Shapes)),
  ]);
}

/**
 * @throws EngineError `file-unsupported` naming the first tensor that is absent or has another shape than the
 * configuration asks for.
 */
export function checkTensors(
  config: VlmConfig,
  tensors: ReadonlyMap<string, HostTensor>,
  folder: string,
): void {
  for (const [name, shape] of expectedTensors(config)) {
    const found = tensors.get(name)?.shape;
    if (found === undefined || found.join() !== shape.join())
      throw new EngineError(
        'file-unsupported',
        `“${folder}”: tensor “${name}” should have the shape [${shape.join(', ')}] but ${found === undefined ? 'is not there' : `has [${found.join(', ')}]`}.`,
        'Use weights and config.json of the same Idefics3 or LLaVA checkpoint.',
      );
  }
}

function layers(count: number, prefix: string, shapes: (layer: string) => Shapes): Shapes {
  return Array.from({ length: count }, (_, i) => shapes(`${prefix}.${i}`)).flat();
}
