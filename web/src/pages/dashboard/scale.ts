/** The lines of a chart: two to five round numbers, the last not below the largest value. */
export function scale(most: number): number[] {
  const rough = Math.max(1, most) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 3, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough;
  const whole = Math.max(1, Math.ceil(step));
  const count = Math.max(1, Math.ceil(most / whole));
  return Array.from({ length: count }, (_, index) => (index + 1) * whole);
}
