// One colour per host, the same in every view: the number of a CSS variable --host-N. Ten, told
// apart also by colour-blind readers as far as ten can be; names always stand beside them.
const colours = 10;

// names: in an order that does not change (pictures.js, hostNames).
export const hostColours = (names) => new Map(names.map((name, n) => [name, n % colours]));
