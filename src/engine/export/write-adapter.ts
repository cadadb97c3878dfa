import type { Lora } from '../recipe/recipe.ts';
import type { ModelConfig } from '../models/config.ts';
import { familyOf } from '../models/families/families.ts';
import type { HostTensors } from '../models/host-tensor.ts';
import { writeSafetensors } from '../models/checkpoints/safetensors.ts';

/**
 * Adapters as PEFT saves them, to be opened beside the model they belong to: `adapter_config.json`, and `adapter_model.safetensors` in F32.
 * @param base the model's name, where PEFT looks for it
 * @param adapters by the names of `loraShapes`
 * @returns files by name
 */
export function writeAdapter(
  base: { name: string; config: ModelConfig },
  adapters: HostTensors,
  { rank, alpha, targets }: Lora,
): Map<string, Uint8Array> {
  const { text, module = text } = familyOf(base.config).layout;
  const config = {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: base.name,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: alpha,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: 'LORA',
    r: rank,
    rank_pattern: {},
    revision: null,
    // A pattern: by their names alone, layers of the vision encoder would be meant as well.
    target_modules: `${module.replaceAll('.', '\\.')}\\.layers\\.\\d+\\.(?:self_attn|mlp)\\.(?:${targets.join('|')})`,
    task_type: null,
    use_dora: false,
    use_rslora: false,
  };
  const named = [...adapters].map(
    ([name, tensor]) => [`base_model.model.${module}${name.slice(text.length)}`, tensor] as const,
  );
  return new Map([
    ['adapter_config.json', new TextEncoder().encode(`${JSON.stringify(config, null, 2)}\n`)],
    ['adapter_model.safetensors', writeSafetensors(new Map(named), 'F32')],
  ]);
}
