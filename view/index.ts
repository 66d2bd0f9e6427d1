// What pages and pictures are made of. It knows specifications and plans, but nothing of Node: a page in a browser holds it too.
export { frameOf, type Frame } from "./frame.js";
export { html, join, raw, type Html } from "./html.js";
export { plain, seriesColours, variable, type Colour } from "./look.js";
export { pictureOf } from "./picture/picture.js";
export { pictureStyle } from "./picture/picture-style.js";
