// Image paths in records: resolution to files, forbidden paths, and suggestions for missing ones.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { ImageFolder, imageFile } from "../../../../runtime/data/images/image-files.js";
import { VlmoError } from "../../../../runtime/errors/vlmo-error.js";

const root = mkdtempSync(path.join(tmpdir(), "vlmo-names-"));
afterAll(() => rmSync(root, { recursive: true }));

/** `é` and `ä` in NFC and in NFD. */
const [composed, apart] = ["\u00e9\u00e4", "e\u0301a\u0308"];

for (const name of ["a.png", "sub/c.png", `${composed}.png`, `in-${apart}/${composed}.png`, "both/é.png"])
  put(`img/${name}`);
put("img/both/e\u0301.png");
put("disk/x.png");
put("above.png");
symlinkSync("../disk/x.png", path.join(root, "img/out.png"));
symlinkSync("../disk", path.join(root, "img/out"));
symlinkSync("a.png", path.join(root, "img/in.png"));
symlinkSync("sub", path.join(root, "img/folder"));
symlinkSync("gone.png", path.join(root, "img/broken.png"));
symlinkSync("round.png", path.join(root, "img/round.png"));
symlinkSync("img", path.join(root, "linked"));
execFileSync("mkfifo", [path.join(root, "img/pipe.png")]);

function put(name: string): void {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), "");
}

/** The file that a path resolves to, relative to the temporary folder, or the error. */
function found(name: unknown, allow: readonly string[] = [], folder = "img"): unknown {
  const others = allow.map((each) => path.join(root, each));
  const images = new ImageFolder(path.join(root, folder), { allow: others });
  try {
    return path.relative(images.path, imageFile(name, { images, field: "image", place: { file: "r", line: 3 } }).path);
  } catch (error) {
    return error;
  }
}

describe("an image path", () => {
  it.each<[name: string, file: string]>([
    ["a.png", "a.png"],
    ["./sub/../a.png", "a.png"],
    [path.join(root, "img/a.png"), "a.png"],
    ["in.png", "a.png"],
    ["folder/c.png", "sub/c.png"],
    [`${composed}.png`, `${composed}.png`],
    [`${apart}.png`, `${composed}.png`],
    [`in-${composed}/${apart}.png`, `in-${apart}/${composed}.png`],
    ["both/\u00e9.png", "both/\u00e9.png"],
    ["both/e\u0301.png", "both/e\u0301.png"],
  ])("%s resolves to %s", (name, file) => {
    expect(found(name)).toBe(file);
  });

  it("resolves in a folder that is a link, also as an absolute path", () => {
    expect(found("a.png", [], "linked")).toBe("a.png");
    expect(found(path.join(root, "linked/a.png"), [], "linked")).toBe("a.png");
  });

  it("resolves to files in allowed folders, by link or by path", () => {
    for (const name of ["out.png", "out/x.png", path.join(root, "disk/x.png"), "../disk/x.png"])
      expect(found(name, ["disk"])).toBe("../disk/x.png");
  });

  it.each<[name: unknown, code: string, says: string, help: string]>([
    ["gone.png", "V916", "there is no image `ROOT/img/gone.png`", "check the data block's `images` folder"],
    [
      "A.PNG",
      "V916",
      "there is no image `ROOT/img/A.PNG`",
      "there is `a.png`: capitals and small letters are distinguished",
    ],
    [
      "a\u200b.png",
      "V916",
      "there is no image",
      "there is `a.png`: kinds of blanks, ligatures and invisible characters",
    ],
    ["sub/C.png", "V916", "there is no image `ROOT/img/sub/C.png`", "there is `c.png`: capitals"],
    ["a.jpg", "V916", "there is no image `ROOT/img/a.jpg`", "there is `a.png`, with another extension"],
    ["sub\\c.png", "V916", "there is no image", "folders are separated by `/`: write `sub/c.png`"],
    ["a.png ", "V916", "there is no image", "there is `a.png`: leave out the blanks"],
    ["img/a.png", "V916", "there is no image `ROOT/img/img/a.png`", "paths start in the `images` folder, `img`: write"],
    ["img\\a.png", "V916", "there is no image", "folders are separated by `/`: write `a.png`"],
    ["a%2Epng", "V916", "there is no image", "there is `a.png`: names are read as they are, `%` and all"],
    ["other/a.png", "V916", "there is no image", "there is `a.png` in the `images` folder itself"],
    ["~/a.png", "V916", "there is no image", "only a shell expands `~`"],
    ["file:///a.png", "V916", "there is no image", "this is a `file:` address"],
    ["above.png", "V916", "there is no image", "it is above the `images` folder"],
    ["https://x.org/a.png", "V916", "there is no image", "this is a web address, and nothing is ever downloaded"],
    ["data:image/png;base64,iVBO", "V916", "there is no image", "this is an image itself, as text in Base64"],
    [`/9j/${"A".repeat(90)}`, "V915", "leads out", "this is an image itself, as text in Base64"],
    [`iVBORw0KGgo${"A/".repeat(90)}`, "V916", "no image", "this is an image itself, as text in Base64"],
    ["C:\\img\\a.png", "V916", "there is no image", "this is a path on a Windows drive"],
    ["/a.png", "V915", "the image path `/a.png` leads out", "leave out the slash at the beginning, `a.png`"],
    ["../above.png", "V915", "the image path `../above.png` leads out of `ROOT/img`", "or `allow` the folder"],
    ["/etc/passwd", "V915", "the image path `/etc/passwd` leads out", "or `allow` the folder"],
    [".", "V915", "the image path `.` leads out", ""],
    ["out.png", "V915", "the image path `out.png` leads out", "links lead from `out.png` to `ROOT/disk`: if that is"],
    ["out/x.png", "V915", "the image path `out/x.png` leads out", 'write `allow: "ROOT/disk"`'],
    ["broken.png", "V916", "broken.png`: it is a link to `gone.png`, which does not exist", "check"],
    ["round.png", "V916", "round.png`: its links form a cycle", "check"],
    ["sub", "V916", "sub`: it is a folder", "check"],
    ["pipe.png", "V916", "pipe.png`: it is a pipe or a device", "check"],
    ["x".repeat(300), "V916", "xxx`: its name is longer than the system allows", "check"],
    ["a.png/b.png", "V916", "there is no image `ROOT/img/a.png/b.png`", "check"],
    ["x".repeat(5000), "V916", "xxx…`", "check"],
    ["a\0.png", "V913", 'should be a path, but is "a\\u0000.png"', "correct the record"],
    ["", "V913", 'should be a path, but is ""', "correct"],
    [17, "V913", "should be a path, but is 17", "correct"],
    [undefined, "V913", "should be a path, but is nothing", "correct"],
  ])("%j is reported with a remedy", (name, code, says, help) => {
    const error = found(name);
    expect(error).toBeInstanceOf(VlmoError);
    const { message, help: said, line } = error as VlmoError;
    const plain = (text: string): string => text.replaceAll(root, "ROOT");
    expect({ code: (error as VlmoError).code, line }).toEqual({ code, line: 3 });
    expect(plain(message)).toContain(says);
    expect(plain(said)).toContain(help);
  });
});

it("a folder of images is reported if it is a file or missing", () => {
  const opening = (name: string) => () => new ImageFolder(path.join(root, name));
  expect(opening("above.png")).toThrow(/above\.png`: it is a file, not a folder/);
  expect(opening("nowhere")).toThrow(/nowhere`: it does not exist/);
});
