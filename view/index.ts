// Building blocks of pages and pictures. It knows specifications and plans, but nothing of Node, so that a page in a browser
// can use it.
export { frameOf, type Frame } from "./frame.js";
export { html, join, raw, type Html } from "./html.js";
export { plain, seriesColours, seriesVariable, variable, type Colour } from "./look.js";
export { barOf, swatch } from "./parts.js";
export { treeOf, type Branch } from "./picture/order.js";
export { pictureOf } from "./picture/picture.js";
export { comparisonOf } from "./picture/comparison.js";
export { comparisonStyle, pictureStyle } from "./picture/picture-style.js";
export { stillOf } from "./picture/still.js";
