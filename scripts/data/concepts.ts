import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

interface Emoji {
  label: string;
  hexcode: string;
  group?: number;
  subgroup?: number;
}

export interface PickedConcept {
  id: string;
  name: string;
  codepoint: string;
  kind: string;
  group: string;
  subgroup: string;
  tier: 'core' | 'extended';
  split: 'train' | 'held-out-concept';
}

/** Kinds by emojibase subgroup; subgroups without a kind hold nothing a person would name by its kind. */
const kinds: Record<string, string> = {
  'animal-mammal': 'animal',
  'animal-bird': 'animal',
  'animal-amphibian': 'animal',
  'animal-reptile': 'animal',
  'animal-marine': 'animal',
  'animal-bug': 'animal',
  'plant-flower': 'plant',
  'plant-other': 'plant',
  'food-fruit': 'fruit',
  'food-vegetable': 'vegetable',
  'food-prepared': 'food',
  'food-asian': 'food',
  'food-sweet': 'food',
  drink: 'drink',
  'place-building': 'building',
  'place-religious': 'building',
  'transport-ground': 'vehicle',
  'transport-water': 'vehicle',
  'transport-air': 'vehicle',
  'sky-weather': 'weather',
  sport: 'sport',
  clothing: 'clothing',
  'musical-instrument': 'instrument',
  phone: 'device',
  computer: 'device',
  'light-video': 'device',
  music: 'device',
  science: 'device',
  'book-paper': 'paper',
  mail: 'paper',
  writing: 'paper',
  office: 'paper',
  tool: 'tool',
  lock: 'tool',
  dishware: 'tool',
  household: 'furniture',
};

/** Kind of single concepts whose subgroup misleads. */
const kindOf: Record<string, string> = {
  tomato: 'vegetable',
  mushroom: 'vegetable',
  satellite: 'device',
  anchor: 'tool',
  pencil: 'tool',
  pen: 'tool',
  crayon: 'tool',
  paintbrush: 'tool',
  scissors: 'tool',
  pushpin: 'tool',
  paperclip: 'tool',
  briefcase: 'clothing',
  wastebasket: 'furniture',
  thermometer: 'device',
  umbrella: 'clothing',
  fire: 'weather',
  candle: 'device',
  printer: 'device',
  microphone: 'device',
  headphone: 'device',
  dvd: 'device',
  fountain: 'building',
  tent: 'building',
};

/** Longer emoji labels with the one word a person would say. */
const renamed: Record<string, string> = {
  automobile: 'car',
  honeybee: 'bee',
  'red apple': 'apple',
  'sport utility vehicle': 'jeep',
  'fire engine': 'firetruck',
  'police car': 'police',
  'soccer ball': 'soccer',
  'american football': 'football',
  'hot dog': 'hotdog',
  'ice cream': 'sundae',
  'french fries': 'fries',
  'hot pepper': 'pepper',
  'ear of corn': 'corn',
  'deciduous tree': 'tree',
  'palm tree': 'palm',
  'light bulb': 'bulb',
  'high voltage': 'lightning',
  'mobile phone': 'phone',
  'top hat': 'hat',
  'running shoe': 'shoe',
  'wine glass': 'wine',
  'beer mug': 'beer',
  'teacup without handle': 'tea',
  'birthday cake': 'cake',
  'chocolate bar': 'chocolate',
  'meat on bone': 'meat',
  'poultry leg': 'drumstick',
  'cheese wedge': 'cheese',
  'steaming bowl': 'noodles',
  'cooked rice': 'rice',
  'alarm clock': 'clock',
  'hourglass done': 'hourglass',
  'crescent moon': 'moon',
  'wrapped gift': 'gift',
  'game die': 'die',
  'artist palette': 'palette',
  'musical keyboard': 'piano',
  'pool 8 ball': 'billiards',
  'direct hit': 'target',
  'spouting whale': 'orca',
  'four leaf clover': 'clover',
  'maple leaf': 'leaf',
  'money bag': 'money',
  'gem stone': 'diamond',
  'couch and lamp': 'couch',
  'love hotel': 'motel',
  'delivery truck': 'truck',
  'articulated lorry': 'lorry',
  'racing car': 'racecar',
  'red paper lantern': 'lantern',
  'crystal ball': 'crystal',
  'video game': 'gamepad',
  'desktop computer': 'computer',
  'computer mouse': 'trackpad',
  'movie camera': 'projector',
  'magnifying glass tilted left': 'magnifier',
  'baby chick': 'chick',
  'rice ball': 'onigiri',
  'bento box': 'bento',
  'cut of meat': 'steak',
};

/** Kinds of the renamed concepts whose subgroup has none or another. */
const kindOfRenamed: Record<string, string> = {
  lightning: 'weather',
  moon: 'weather',
  piano: 'instrument',
  clock: 'device',
  gamepad: 'device',
  computer: 'device',
  bulb: 'device',
  projector: 'device',
  magnifier: 'tool',
  billiards: 'sport',
  target: 'sport',
  die: 'sport',
  lantern: 'device',
  couch: 'furniture',
};

/** One-word labels that several drawings share, that most styles draw unlike each other, or that name a scene. */
const unfit = new Set(
  (
    'poodle gorilla leopard ox boar ram ewe goat rat hamster chipmunk rooster dove blowfish lizard cricket turkey rhinoceros ' +
    'rosette bouquet hibiscus blossom herb shamrock seedling melon tangerine peanuts chestnut cooking egg oden dango custard ' +
    'bacon burrito taco candy shortcake sake amphora camping desert mountain stadium houses hospital bank hotel school wedding factory ' +
    'mosque synagogue kaaba foggy cityscape sunrise sunset locomotive metro station tram monorail trolleybus minibus motorway ' +
    'construction ferry canoe seat thermometer cyclone fog comet droplet sparkles sparkler ticket ribbon fireworks joker skis tennis badminton ' +
    'bowling kimono handbag purse bikini loudspeaker megaphone pager trackball dvd videocassette notebook ledger books bookmark label e-mail ' +
    'postbox paintbrush memo clipboard unlocked locked pick clamp link chains dagger gear alembic cigarette coffin moai bomb ' +
    'joystick package stopwatch lipstick label pill syringe battery shower pen jack-o-lantern volleyball worship radio newspaper'
  ).split(' '),
);

/** Renamed labels left out for the same reasons. */
const unfitNames = new Set(['trackpad', 'motel', 'orca', 'lorry', 'crystal', 'onigiri', 'police']);

export function slug(label: string): string {
  return label
    .toLowerCase()
    .replace(/[’'“”.()]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

const heldOutEvery = 11;

/**
 * Object-like concepts from emojibase: `core` ones have a one-word name, a kind, and a drawing in every style of `everywhere`;
 * `extended` ones only need the training styles. Order is emojibase's, so the choice is reproducible.
 */
export function pickConcepts(has: {
  everywhere: (id: string) => boolean;
  inTraining: (id: string) => boolean;
}): PickedConcept[] {
  const emojis = require('emojibase-data/en/data.json') as Emoji[];
  const meta = require('emojibase-data/meta/groups.json') as {
    groups: Record<string, string>;
    subgroups: Record<string, string>;
  };
  const picked: PickedConcept[] = [];
  const names = new Set<string>();
  let core = 0;
  for (const emoji of emojis) {
    if (emoji.group === undefined || emoji.subgroup === undefined || emoji.group < 3 || emoji.group > 7)
      continue;
    const id = slug(emoji.label);
    if (!has.inTraining(id) || /-thirty$|-oclock$/.test(id)) continue;
    const subgroup = meta.subgroups[emoji.subgroup]!;
    const longer = renamed[emoji.label];
    const name = longer ?? emoji.label;
    const kind = kindOf[name] ?? kindOfRenamed[name] ?? kinds[subgroup];
    const oneWord = longer !== undefined || !/[^a-z]/.test(name);
    const fit =
      oneWord && !unfit.has(name) && !unfitNames.has(name) && !names.has(name) && kind !== undefined;
    const tier = fit && has.everywhere(id) ? 'core' : 'extended';
    if (tier === 'core') {
      core++;
      names.add(name);
    }
    picked.push({
      id,
      name,
      codepoint: emoji.hexcode,
      kind: kind ?? 'other',
      group: meta.groups[emoji.group]!,
      subgroup,
      tier,
      split: tier === 'core' && core % heldOutEvery === 0 ? 'held-out-concept' : 'train',
    });
  }
  return picked.sort((a, b) => (a.tier === b.tier ? 0 : a.tier === 'core' ? -1 : 1));
}
