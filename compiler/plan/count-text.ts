// Integers with thousands separators.

/** 202445470 as `202,445,470`, exact. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
