// Whole numbers as people read them.

/** 202445470 as `202,445,470`: a count to the unit. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
