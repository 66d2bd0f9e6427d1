// Small images resized by Pillow 12.3's Image.resize: BICUBIC of `pattern`, and NEAREST of class numbers.

/** Levels of an image of this size, RGB. */
export function pattern(width: number, height: number, channels: 3 | 4 = 3): Uint8Array {
  return Uint8Array.from({ length: channels * width * height }, (_, i) => (i * i * 7 + i * 37 + 11) % 256);
}

export interface Resized {
  readonly width: number;
  readonly height: number;
  readonly size: number;
  /** In hexadecimal. */
  readonly pixels: string;
}

/** BICUBIC of RGBA, with premultiplied alpha. */
export const bicubicRgba: readonly Resized[] = [
  {
    width: 2,
    height: 2,
    size: 5,
    pixels:
      "002772bb002d7eae0044a48d006be26b057fff5e1f3b66c51e4071b61c5093911a70cf6b1882f65c90674de08d6954cd806f6e9b667ea0695585c356e98a39fbe5893de4d88b4da5b48a6c679a8a874fff9934ffff9536ecf59340a9d28f5967b68e704d",
  },
  {
    width: 3,
    height: 2,
    size: 4,
    pixels:
      "03326ec6004bc07a9b92898ff99830fb1e3f6ea81657ac7e987a849cf57b41f17f6f6c6e516f888790547eb6e93966dee5a26c506c79778b8e457ac3e3147bd4",
  },
];

/** BICUBIC of RGB. */
export const bicubic: readonly Resized[] = [
  { width: 1, height: 1, size: 3, pixels: "0b37710b37710b37710b37710b37710b37710b37710b37710b3771" },
  {
    width: 2,
    height: 2,
    size: 5,
    pixels:
      "003664022f64591f65b00e67d10767103e7a23377a68267aac157bc60e7b7752b27b4bb28e39b2a227b2a820b2de66ead25feab44cea9739e98a32e9ff6efff367ffc353ff9340fd7f39fd",
  },
  {
    width: 3,
    height: 2,
    size: 4,
    pixels: "003965701064db25a9f46bff1f388d812a74c93d95c965dc7036dca25e94a56e6f765c859935ffb378a493865b4b565a",
  },
  {
    width: 4,
    height: 4,
    size: 7,
    pixels:
      "00337137216db60870e834b4ea61f9b345f89131f33f52715b3f6d93246db84eb0bf79f3865cf16347ebba8a6e977568605666707ea57fa5e54284e01d6dd77ead608a9752a17542bc9a86bfbecd759bc54882ba38c64672ad40d6893ffbac74f6cda8bba79d978d928bd41584b94a7992b27eb19e93d06bc2a65bdc8a55c1da0090be523e95f730b3b854d04ac1a437ff8834",
  },
  {
    width: 5,
    height: 3,
    size: 6,
    pixels:
      "003572900662f03ebdd251ff963ee1b48f6c123b6d8b2c7cc350cda360ee8b5eb4c48b5f3e49617f7db36376ed3e81b874a153e6824386757288a4c55398c22c9e895db955cb963ce2b99ea39daf92b2526fb46948a4bb76c44cffdab2b09aa4b0be1d8fbf593f9aeb4eda53",
  },
  {
    width: 6,
    height: 6,
    size: 8,
    pixels:
      "00336b781263e3279fe760ff9235ffa86c9c957c5d555564517ec65459ba63679f869b85bb6b7ee09d8ec1a6917d7b87a1c4914f99d31f9fb651cc38de9421ffbf80dfc0b1958f98b6d6096aa5a43ba4c862cb4ada8a49fbae81cba8937a7277a3c1d54a82da0f798432a027ac51e3cd6c948b5f372e24264b65a467b6817da46575416d53879c48c39857a6786f5758456291a4a668e3887bc032b63ece7117b7a95291b7ac928988abced65ca2ff32a6e16bd269f198404ac16d24c0b6a38f",
  },
  {
    width: 9,
    height: 2,
    size: 5,
    pixels:
      "521b73ce3df09d64865c83c228a090692f73c94fdc9370886b8ab23fa090a76674be7da9788f8c939b887d9f90e49d75b3ab765dae90baab5ebb9e8ffbb175aebd6253ba92c9b24ed29e8f",
  },
  {
    width: 3,
    height: 8,
    size: 6,
    pixels:
      "2232954930889f2c6dcc397fc754bec561db8c71fb8375e66f7dba5d858a4d8c5e468f49c79856c4a072bcafaea7b2b988aa8f79a67bccbe00bcb83099adb080abcd73b5856db963c6a38eb9a19a9d9cb27f969f629064548d48a567ff9e6ae28e71926b67513a4c29234016",
  },
  {
    width: 9,
    height: 9,
    size: 5,
    pixels:
      "a36077bc78ac778c898c97877ba18d5db1ab6c8f84a964896e7e6da77a90a68987959795789794788f8b75b263715c535dbca25aa65e8e5554686676379839c464a19c857d5b4d4d6a4e69",
  },
  {
    width: 12,
    height: 10,
    size: 4,
    pixels: "847e849c94977289a29a7b80a37e88559b7a86937b678f7188696999727081686f6f857d7979838492979f7c8c9d8b7e",
  },
];

/** NEAREST of pixel indices. */
export const nearest: readonly Resized[] = [
  { width: 1, height: 1, size: 3, pixels: "000000000000000000" },
  { width: 2, height: 2, size: 5, pixels: "00000101010000010101020203030302020303030202030303" },
  { width: 3, height: 2, size: 4, pixels: "00010102000101020304040503040405" },
  { width: 4, height: 6, size: 4, pixels: "0001020308090a0b0c0d0e0f14151617" },
  { width: 5, height: 3, size: 6, pixels: "0001020203040001020203040506070708090506070708090a0b0c0c0d0e0a0b0c0c0d0e" },
  { width: 7, height: 9, size: 3, pixels: "080a0c1d1f21323436" },
  { width: 6, height: 6, size: 4, pixels: "000203050c0e0f11121415171e202123" },
  {
    width: 8,
    height: 5,
    size: 10,
    pixels:
      "000102020304050506070001020203040505060708090a0a0b0c0d0d0e0f08090a0a0b0c0d0d0e0f101112121314151516171011121213141515161718191a1a1b1c1d1d1e1f18191a1a1b1c1d1d1e1f2021222223242525262720212222232425252627",
  },
  {
    width: 10,
    height: 10,
    size: 7,
    pixels: "00020305060709141617191a1b1d1e2021232425273234353738393b3c3e3f414243454648494b4c4d4f5a5c5d5f606163",
  },
  { width: 11, height: 3, size: 2, pixels: "0208181e" },
];
