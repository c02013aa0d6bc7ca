const WORDS =
  "almond amber anchor apple apron arbor arrow aspen attic autumn badge bagel bakery bamboo banjo barley barrel " +
  "basin basket beacon beaver bench berry birch biscuit blanket blossom bonnet bottle boulder bramble branch " +
  "breeze brick bridge bronze brook broom bubble bucket buckle button cabin cactus camel candle canoe canvas " +
  "canyon carpet carrot castle cavern cedar cellar chalk cherry chestnut chimney cider cinnamon circle citrus " +
  "clay cliff cloak clover cobalt cobweb coffee comet copper coral cotton cradle crane crater crayon cricket " +
  "crimson crystal cushion cypress dahlia daisy dawn desert dew dolphin donkey drizzle drum dune dusk eagle " +
  "easel echo elbow elm ember emerald fabric falcon feather fennel fern ferry fiddle field finch fjord flame " +
  "flannel flute foam fog forest fountain fox frost garden garlic garnet gecko ginger glacier goose granite " +
  "grape gravel grove gull hammer hammock harbor harvest hazel heather hedge heron hickory hill hollow honey " +
  "horizon hornet iguana ivory ivy jacket jade jasmine jelly jigsaw juniper kayak kernel kettle kiln kitten " +
  "ladder lagoon lantern lark lavender lemon lily linen lizard lobster lotus lumber magnet mango maple marble " +
  "marigold marsh meadow melon mint mirror mitten mosaic moss moth mountain mustard nectar nest nickel noodle " +
  "nutmeg oak oasis ocean olive onion orchard orchid otter oyster paddle palm panda parsley pasture peach pearl " +
  "pebble pecan pelican pepper petal pigeon pillow pine plum pocket pond poppy porch potato prairie pretzel " +
  "puddle puffin pumpkin quail quartz quilt rabbit radish raft rain raven ravine reed ribbon ridge river robin " +
  "rocket rope rose ruby saddle saffron sage sail salmon sandal sapphire satin scarf shadow shell shore silk " +
  "silver sleet snow sparrow spruce stable starling stone storm summit sunset swallow swan syrup tailor teapot " +
  "tent thistle thunder timber toast tulip tundra turnip turtle umbrella valley vanilla velvet violet waffle " +
  "wagon walnut walrus willow window winter wool yarn zephyr zinc";

/**
 * The 300 words that surround a task and mean nothing. None of them occurs in a frame, and none is a word that a check
 * for missing material or a request for something rarer would look for.
 */
export const CARRIERS: readonly string[] = WORDS.split(" ");
