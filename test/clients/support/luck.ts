/** Numbers from 0 to 1, exclusive, the same ones for the same seed (a 32-bit xorshift). */
export function luckOf(seed: number): () => number {
  let state = Math.imul(seed, 2_654_435_769) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
