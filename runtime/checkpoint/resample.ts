// Resampling of square grids, by matrices [target, source] along each axis: the original's cubic spline for relative position
// tables and its bicubic interpolation for absolute positions (modules/vlmo_module.py). Float64 throughout.

/** Rows of equal length. */
export type Matrix = readonly Float64Array[];

/**
 * Cubic spline through values at ascending `points`, not-a-knot at both ends, evaluated at `targets`, which are clamped to the
 * ends, as in FITPACK. Fewer than four points determine a single polynomial.
 */
export function splineMatrix(points: readonly number[], targets: readonly number[]): Matrix {
  if (points.length < 4) return targets.map((target) => polynomialRow(points, target));
  const curvature = curvatures(points);
  return targets.map((target) => splineRow(points, curvature, target));
}

/** The Lagrange polynomial through all points. */
function polynomialRow(points: readonly number[], target: number): Float64Array {
  const at = Math.min(Math.max(target, points[0] ?? 0), points.at(-1) ?? 0);
  return Float64Array.from(points, (own) =>
    points.filter((other) => other !== own).reduce((product, other) => (product * (at - other)) / (own - other), 1),
  );
}

/**
 * The source coordinates of the original: steps that grow by a factor `q` outwards, so that they reach as far as the target's.
 */
export function geometricPoints(source: number, target: number): number[] {
  const half = Math.floor(source / 2);
  const reach = Math.floor(target / 2);
  let [left, right, q] = [1.01, 1.5, 1.01];
  while (right - left > 1e-6) {
    q = (left + right) / 2;
    if ((1 - q ** half) / (1 - q) > reach) right = q;
    else left = q;
  }
  const outwards: number[] = [];
  for (let i = 0, at = 1; i < half; i++, at += q ** i) outwards.push(at);
  return [...outwards.map((at) => -at).reverse(), 0, ...outwards];
}

/** PyTorch's bicubic interpolation (a = −0.75, align_corners false) from `source` to `target` samples. */
export function bicubicMatrix(source: number, target: number): Matrix {
  const a = -0.75;
  const near = (x: number) => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number) => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return Array.from({ length: target }, (_, i) => {
    const row = new Float64Array(source);
    const at = (i + 0.5) * (source / target) - 0.5;
    const first = Math.floor(at);
    const t = at - first;
    const weights = [far(t + 1), near(t), near(1 - t), far(2 - t)];
    weights.forEach((weight, k) => {
      const column = Math.min(Math.max(first - 1 + k, 0), source - 1);
      row[column] = (row[column] ?? 0) + weight;
    });
    return row;
  });
}

/**
 * Resamples a [source·source, channels] grid (rows y, then x) along both axes with `matrix` [target, source] into
 * [target·target, channels].
 */
export function resampleGrid(grid: ArrayLike<number>, matrix: Matrix, channels: number): Float64Array {
  const target = matrix.length;
  const source = matrix[0]?.length ?? 0;
  const between = new Float64Array(source * target * channels);
  for (let y = 0; y < source; y++) {
    mix(matrix, source, (x, i, weight) => {
      for (let c = 0; c < channels; c++) {
        const at = (y * target + i) * channels + c;
        between[at] = (between[at] ?? 0) + weight * (grid[(y * source + x) * channels + c] ?? 0);
      }
    });
  }
  const into = new Float64Array(target * target * channels);
  const line = target * channels;
  mix(matrix, source, (y, j, weight) => {
    for (let c = 0; c < line; c++)
      into[j * line + c] = (into[j * line + c] ?? 0) + weight * (between[y * line + c] ?? 0);
  });
  return into;
}

function mix(matrix: Matrix, source: number, add: (from: number, to: number, weight: number) => void): void {
  matrix.forEach((row, to) => {
    for (let from = 0; from < source; from++) {
      const weight = row[from] ?? 0;
      if (weight !== 0) add(from, to, weight);
    }
  });
}

/** Second derivatives at the points as a matrix on the values: the inverse of the spline's equations. */
function curvatures(points: readonly number[]): Matrix {
  const n = points.length;
  const h = (i: number) => (points[i + 1] ?? 0) - (points[i] ?? 0);
  const rows = Array.from({ length: n }, () => new Float64Array(2 * n));
  const set = (row: number, entries: readonly (readonly [column: number, value: number])[]) => {
    for (const [column, value] of entries) (rows[row] ?? new Float64Array())[column] = value;
  };
  // Not-a-knot: the third derivative is continuous at the second and the second-last point.
  set(0, [
    [0, h(1)],
    [1, -(h(0) + h(1))],
    [2, h(0)],
  ]);
  set(n - 1, [
    [n - 3, h(n - 2)],
    [n - 2, -(h(n - 3) + h(n - 2))],
    [n - 1, h(n - 3)],
  ]);
  for (let i = 1; i < n - 1; i++) {
    set(i, [
      [i - 1, h(i - 1) / 6],
      [i, (h(i - 1) + h(i)) / 3],
      [i + 1, h(i) / 6],
    ]);
    set(i, [
      [n + i - 1, 1 / h(i - 1)],
      [n + i, -1 / h(i - 1) - 1 / h(i)],
      [n + i + 1, 1 / h(i)],
    ]);
  }
  eliminate(rows);
  return rows.map((row) => row.slice(n));
}

/** Gauss–Jordan with row pivoting, in place: the left square becomes the identity. */
function eliminate(rows: Float64Array[]): void {
  for (let column = 0; column < rows.length; column++) {
    const size = (row: number) => Math.abs(rows[row]?.[column] ?? 0);
    let pivot = column;
    for (let row = column + 1; row < rows.length; row++) if (size(row) > size(pivot)) pivot = row;
    const [chosen, other] = [rows[pivot], rows[column]];
    if (chosen === undefined || other === undefined) throw new Error("internal: a matrix without rows");
    [rows[column], rows[pivot]] = [chosen, other];
    const scale = chosen[column] ?? 1;
    chosen.forEach((value, k) => (chosen[k] = value / scale));
    for (const row of rows) {
      const factor = row[column] ?? 0;
      if (row === chosen || factor === 0) continue;
      chosen.forEach((value, k) => (row[k] = (row[k] ?? 0) - factor * value));
    }
  }
}

function splineRow(points: readonly number[], curvature: Matrix, target: number): Float64Array {
  const n = points.length;
  const at = Math.min(Math.max(target, points[0] ?? 0), points[n - 1] ?? 0);
  const next = points.findIndex((point, i) => i > 0 && at <= point);
  const i = next - 1;
  const [low = 0, high = 0] = [points[i], points[next]];
  const h = high - low;
  const b = (at - low) / h;
  const a = 1 - b;
  const row = new Float64Array(n);
  row[i] = a;
  row[next] = b;
  const [bendLow, bendHigh] = [((a ** 3 - a) * h * h) / 6, ((b ** 3 - b) * h * h) / 6];
  for (let k = 0; k < n; k++) {
    row[k] = (row[k] ?? 0) + bendLow * (curvature[i]?.[k] ?? 0) + bendHigh * (curvature[next]?.[k] ?? 0);
  }
  return row;
}
