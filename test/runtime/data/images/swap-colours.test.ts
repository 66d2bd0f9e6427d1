import { describe, expect, it } from "vitest";
import { stream } from "../../../../runtime/random.js";
import { drawSwap, recoloured, type Recolour, type Rgb } from "../../../../runtime/data/images/swap-colours.js";

const grey: Rgb = [211, 211, 211];
const black: Rgb = [0, 0, 0];
const blue: Rgb = [0, 153, 255];
const yellow: Rgb = [255, 255, 0];

const step = {
  kind: "swap_colours",
  background: "#d3d3d3",
  colours: ["black #000000", "blue #0099ff", "yellow #ffff00"],
} as const;

const words = [
  { word: "black", colour: black },
  { word: "blue", colour: blue },
  { word: "yellow", colour: yellow },
];

const turn: Recolour = {
  kind: "recolour",
  background: grey,
  moves: [
    { from: black, to: blue },
    { from: blue, to: yellow },
    { from: yellow, to: black },
  ],
};

describe("recoloured", () => {
  it.each<[string, Rgb, Rgb]>([
    ["a colour becomes the next", black, blue],
    ["and so the others", blue, yellow],
    ["around in a circle", yellow, black],
    ["the background stays", grey, grey],
    ["white is no shade of them", [255, 255, 255], [255, 255, 255]],
    ["nor is red", [255, 0, 0], [255, 0, 0]],
    ["half background, half black: half blue", [106, 106, 106], [106, 182, 233]],
    ["close to black, as a resized edge is", [6, 2, 4], [6, 152, 254]],
  ])("%s", (_, pixel, wanted) => {
    const data = Uint8Array.from([...pixel, ...grey]);
    const kept = Uint8Array.from(data);
    const found = recoloured(data, turn);
    for (const [i, value] of [...wanted, ...grey].entries()) expect(Math.abs((found[i] ?? 0) - value)).toBeLessThan(2);
    expect(data).toEqual(kept);
  });
});

describe("drawSwap", () => {
  it("draws every order, and gives the words and the pixels the same", () => {
    const names = new Map(words.map(({ word, colour }) => [colour.join(), word]));
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const { recolour, reword } = drawSwap(step, stream(seed, "test"));
      expect(drawSwap(step, stream(seed, "test")).recolour).toEqual(recolour);
      const moved = recolour.moves.map(({ from, to }) => [names.get(from.join()), names.get(to.join())]);
      for (const [from, to] of moved) expect(reword(`a ${from ?? ""} box`)).toBe(`a ${to ?? ""} box`);
      seen.add(moved.map(([, to]) => to).join());
    }
    expect(seen.size).toBe(6);
  });

  it("knows words of every script", () => {
    const { reword } = drawSwap(
      { ...step, colours: ["weiß #000000", "синий #0099ff"] },
      { ...stream(1, "x"), shuffle: (list) => list.reverse() as typeof list },
    );
    expect(reword("Weiß, синий; weißer")).toBe("синий, weiß; weißer");
  });

  it("exchanges whole words in any case, all at once", () => {
    const orders = Array.from({ length: 40 }, (_, seed) => drawSwap(step, stream(seed, "words")).reword);
    const found = new Set(orders.map((reword) => reword("Black blocks, a YELLOW one; blueish blackbirds")));
    expect(found).toContain("blue blocks, a black one; blueish blackbirds");
    for (const text of found)
      expect(text).toMatch(/^(black|blue|yellow) blocks, a (?!\1)\w+ one; blueish blackbirds$/i);
  });
});
